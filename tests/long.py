"""Conversations that are long already."""

import uuid
from datetime import timedelta

from django.utils import timezone

from chat.models import Conversation, Generation, Message, User
from chat.models.generation import State

ANSWER = """\
## Answer {number}

Rain falls **because** drops grow until the air can't carry them, as [one may read](https://example.org/rain) or *see*.
{filling}

- a drop of `0.1 mm` hangs in the air
- one of `1 mm` does not

```python
def falls(drop: float) -> bool:
    return drop > {number} / 1000
```
"""
FILLING = "And so it goes on, *hour by hour*. "


def conversation_of(user: User, count: int, characters: int = 0) -> Conversation:
    """Return a conversation of `count` messages, with about as many `characters` in all, or few."""
    conversation = Conversation.objects.create(user=user, title="A long one")
    filling = FILLING * max(round((2 * characters / count - len(ANSWER)) / len(FILLING)), 0)
    began = timezone.now() - timedelta(hours=1)
    messages: list[Message] = []
    for number in range(count):
        is_question = number % 2 == 0
        messages.append(
            Message(
                conversation=conversation,
                parent=messages[-1] if messages else None,
                role=Message.Role.USER if is_question else Message.Role.ASSISTANT,
                author=user if is_question else None,
                key=uuid.uuid4() if is_question else None,
                text=f"Question {number}?" if is_question else ANSWER.format(number=number, filling=filling),
                created=began + timedelta(seconds=number),
            )
        )
    Message.objects.bulk_create(messages)
    Generation.objects.bulk_create(
        Generation(
            message=each, conversation=conversation, ordinal=1, state=State.COMPLETE, model="scripted", lease=began
        )
        for each in messages[1::2]
    )
    return conversation
