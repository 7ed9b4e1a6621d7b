"""A conversation as one HTML file that needs nothing else: no script, no server, no request to anybody."""

from dataclasses import dataclass
from datetime import tzinfo

from django.template.loader import render_to_string

from chat.exchange.markdown import outcome
from chat.models import Conversation, Message
from chat.pictures import Picture, pictures_of


@dataclass(frozen=True)
class Passage:
    """A message as the file shows it."""

    picture: Picture
    reasoning: str

    @property
    def outcome(self) -> str:
        return outcome(self.picture)


def to_html(conversation: Conversation, zone: tzinfo) -> str:
    pictures = pictures_of(conversation.thread())
    shown = [picture.message.pk for picture in pictures]
    reasoning = dict(Message.objects.filter(pk__in=shown).values_list("pk", "reasoning"))
    context = {
        "conversation": conversation,
        "passages": [Passage(picture, reasoning.get(picture.message.pk, "")) for picture in pictures],
        "zone": zone,
    }
    return render_to_string("chat/alone.html", context)
