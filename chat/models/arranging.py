"""A conversation's place among others: pinned, archived, deleted (and back again), and at last really gone."""

import uuid
from datetime import timedelta
from typing import Self

from django.db import IntegrityError, models, transaction
from django.db.models import OuterRef
from django.utils import timezone

from chat.models.generation import Ending, Generation, State, bound_waits
from chat.models.keeping import KeptQuerySet

UNDO = timedelta(seconds=10)  # how long Undo is offered
KEPT = UNDO + timedelta(seconds=1)  # the last moment's click is on its way
LOT = 1_000  # of a statement, which has a limit of parameters
TEMPORARY = timedelta(days=1)  # how long a temporary one is kept after its last turn


class ArrangedQuerySet(KeptQuerySet):
    def listed(self) -> Self:
        return self.filter(is_archived=False, is_temporary=False)

    def archived(self) -> Self:
        return self.filter(is_archived=True, is_temporary=False)

    def latest_first(self) -> Self:
        """Order them as lists do, in an order that leaves no two in one place."""
        return self.order_by("-updated", "-pk")

    def pin(self) -> int:
        return self.update(is_pinned=True)

    def unpin(self) -> int:
        return self.update(is_pinned=False)

    def archive(self) -> int:
        return self.update(is_archived=True)

    def unarchive(self) -> int:
        return self.update(is_archived=False)

    # Deleted by its owner: out of reach at once, and gone after a while in which they may think better of it

    @transaction.atomic
    def discard(self) -> list[Generation]:
        """End what is being written in these, keep its text for Undo, and put them out of reach.

        Returns what was ended, so that its task and its readers can be told.
        """
        found = list(self.filter(deleted=None).order_by("pk").select_for_update().values_list("pk", flat=True))
        running = Generation.objects.active().filter(conversation__in=self.filter(deleted=None).values("pk"))
        ended = list(running.order_by("pk").select_for_update()) if found else []
        for generation in ended:
            generation.end(Ending(State.STOPPED))
        now = timezone.now()  # one moment for all: Undo names them by it
        for start in range(0, len(found), LOT):
            self.model.objects.filter(pk__in=found[start : start + LOT]).update(deleted=now)
        return ended

    def undoable(self) -> Self:
        """Return those whose deletion can still be undone."""
        return self.deleted_ones().filter(deleted__gt=timezone.now() - KEPT)

    def restore(self) -> int:
        """Bring back those that can be. One that was imported again meanwhile is no longer what that came from."""
        try:
            return self._restore()
        except IntegrityError:  # it was imported at this very moment
            return self._restore()

    @transaction.atomic
    def _restore(self) -> int:
        undoable = self.undoable()
        there = self.model.objects.filter(user=OuterRef("user"), origin=OuterRef("origin"), deleted=None)
        undoable.exclude(origin="").filter(models.Exists(there)).update(origin="")
        return undoable.update(deleted=None)

    # Gone

    def due(self) -> Self:
        """Return what was deleted and can't be had back any more; what is held stays, out of its owner's reach."""
        return self.deleted_ones().filter(deleted__lte=timezone.now() - KEPT).unheld()

    def expired(self) -> Self:
        """Return the temporary ones of yesterday, but for what keeps them (keeping.py)."""
        return self.outlived().unheld().unflagged()

    def outlived(self) -> Self:
        return self.filter(is_temporary=True, updated__lt=timezone.now() - TEMPORARY)

    @transaction.atomic
    def withdraw(self) -> list[Generation]:
        """Put what a hold keeps from being deleted out of its owner's reach, as if it were: without Undo.

        Returns what was being written, and was ended.
        """
        held = self.model.objects.filter(pk__in=list(self.filter(deleted=None).held().values_list("pk", flat=True)))
        ended = held.discard()
        held.update(deleted=timezone.now() - KEPT)
        return ended

    def deleted_ones(self) -> Self:
        return self.exclude(deleted=None)  # as the index says it, or SQLite doesn't use it

    def remove(self, pk: uuid.UUID) -> bool:
        """Delete one, in a transaction of its own, where it is of these; False where it isn't any more, or another
        process is at it.

        What is being written in it is seized before, by a commit of its own, or its writer would wait for the rest.
        """
        if not self.filter(pk=pk).exists():
            return False
        Generation.objects.filter(conversation=pk).seize()
        with transaction.atomic(using=self.db):
            bound_waits(self.db)
            conversation = self.filter(pk=pk).select_for_update(skip_locked=True).first()
            if conversation is None:
                return False
            conversation.delete()
        return True
