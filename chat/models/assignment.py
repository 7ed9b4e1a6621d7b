"""Whose turn it is to review a conversation: one reviewer's at a time, for a while."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, ClassVar, Self
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, models, transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from chat.models.change import Change

if TYPE_CHECKING:
    from chat.models.conversation import Conversation, ConversationQuerySet
    from chat.models.user import User

MOMENT = timedelta(seconds=5)  # in which a page may still be on its way


class AssignmentQuerySet(models.QuerySet["Assignment"]):
    def live(self) -> Self:
        return self.filter(until__gt=timezone.now())

    def of(self, conversation: "Conversation") -> "Assignment | None":
        """Return whose turn it is now; None: anybody's."""
        return self.live().filter(conversation=conversation).select_related("reviewer").first()

    def claim(self, reviewer: "User", conversation: "Conversation") -> bool:
        """Make it this reviewer's turn, or go on with it. Returns False where it is somebody else's.

        Of two who claim at once one gets it: the conversation has one row, that only an ended turn gives up. One's own
        that has ended begins anew too: what was said in it is not said in this one.
        """
        now, until = timezone.now(), ending()
        mine = self.filter(conversation=conversation, reviewer=reviewer)
        ended = self.filter(conversation=conversation, until__lte=now)
        if ended.update(reviewer=reviewer, made=now, until=until) or mine.update(until=until):
            return True
        return self._make(conversation, reviewer, now, until)

    def claim_next(self, reviewer: "User", conversations: "ConversationQuerySet") -> "Conversation | None":
        """Claim the first of these, which wait for this reviewer, that is nobody's turn; None where all are somebody's.

        Whoever is a moment late looks again: what was taken waits no more. What is seen to wait may have been judged
        meanwhile, and its turn ended with it, so that it is looked at once more when it is claimed.
        """
        while conversation := self._first_waiting(conversations):
            if not self._take(reviewer, conversation):
                continue
            if conversations.filter(pk=conversation.pk).exists():
                return conversation
            self.release(reviewer, conversation)
        return None

    def release(self, reviewer: "User", conversation: "Conversation") -> bool:
        """End the turn, if it is this reviewer's."""
        return self.filter(conversation=conversation, reviewer=reviewer).delete()[0] > 0

    def release_silent(self, reviewer: "User") -> list[UUID]:
        """End this reviewer's turns at what they have said nothing of since they have it. Returns of what."""
        silent = list(self._silent(reviewer).values_list("conversation", flat=True))
        self.filter(reviewer=reviewer, conversation__in=silent).delete()
        return silent

    def just_claimed(self, reviewer: "User") -> Self:
        """Return this reviewer's turns that began a moment ago, and in which nothing is said yet, the latest first."""
        return self._silent(reviewer).filter(made__gt=timezone.now() - MOMENT).order_by("-made")

    def extend(self, reviewer: "User", conversation: "Conversation") -> bool:
        """Have the turn last from now on for as long as a new one. Returns False where it is no longer theirs."""
        mine = self.filter(conversation=conversation, reviewer=reviewer)
        return mine.update(until=ending()) > 0

    def _silent(self, reviewer: "User") -> Self:
        said = Change.objects.filter(conversation=OuterRef("conversation"), actor=reviewer, when__gte=OuterRef("made"))
        return self.live().filter(~Exists(said), reviewer=reviewer)

    def _first_waiting(self, conversations: "ConversationQuerySet") -> "Conversation | None":
        return next((first for part in conversations.by_urgency() if (first := part.first())), None)

    def _take(self, reviewer: "User", conversation: "Conversation") -> bool:
        """Claim what waits; not what is one's own already, for then another request of the same person has it."""
        now, until = timezone.now(), ending()
        ended = self.filter(conversation=conversation, until__lte=now)
        if ended.update(reviewer=reviewer, made=now, until=until):
            return True
        return self._make(conversation, reviewer, now, until)

    def _make(self, conversation: "Conversation", reviewer: "User", made: datetime, until: datetime) -> bool:
        try:
            with transaction.atomic():
                self.create(conversation=conversation, reviewer=reviewer, made=made, until=until)
        except IntegrityError:
            return False
        return True


def ending() -> datetime:
    """Return when a turn that begins now ends."""
    return timezone.now() + timedelta(minutes=settings.CHAT_REVIEW_MINUTES)


class Assignment(models.Model):
    conversation = models.OneToOneField("chat.Conversation", models.CASCADE, related_name="assignment")
    reviewer = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="assignments")
    made = models.DateTimeField(default=timezone.now, editable=False)
    until = models.DateTimeField()  # after which it is anybody's

    objects: ClassVar[AssignmentQuerySet] = AssignmentQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.reviewer}, until {self.until:%H:%M}"
