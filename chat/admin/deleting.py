"""Deleting in the admin: what goes with it is counted, never quoted, and what a legal hold is on stays."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.models import DELETION, LogEntry
from django.contrib.admin.options import get_content_type_for_model
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from chat.errors import Held
from chat.models import Conversation, Message, User
from chat.models.conversation import ConversationQuerySet

HELD = "{} is under a legal hold, and is kept until the hold is released."

Deleted = tuple[list[Any], dict[str, int], set[str], list[str]]


@dataclass(frozen=True)
class Named:
    pk: Any
    name: str

    def __str__(self) -> str:
        return self.name


class QuietlyDeletingMixin(admin.ModelAdmin):  # type: ignore[type-arg]
    """What the confirmation, the log and the last word say names no title and quotes no text."""

    delete_confirmation_template = "admin/chat/delete_quietly.html"
    delete_selected_confirmation_template = "admin/chat/delete_selected_quietly.html"

    def name_of(self, obj: Any) -> str:
        raise NotImplementedError

    def conversations_of(self, objs: Sequence[Any]) -> ConversationQuerySet:
        """Return the conversations that would go with these."""
        raise NotImplementedError

    def held_of(self, objs: Sequence[Any]) -> Iterable[Any]:
        """Return those of these that a hold keeps."""
        raise NotImplementedError

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Deleted:
        objs = list(objs)
        conversations = self.conversations_of(objs)
        counts = Counter({str(self.opts.verbose_name_plural): len(objs)})
        counts["conversations"] = conversations.count()
        counts["messages"] = Message.objects.filter(conversation__in=conversations.values("pk")).count()
        protected = [HELD.format(self.name_of(each)) for each in self.held_of(objs)]
        return [self.name_of(each) for each in objs], dict(counts), set(), protected

    def log_deletions(self, request: HttpRequest, queryset: Any) -> list[LogEntry]:
        """Nothing yet: each is noted when it is gone, for a hold may be laid at this very moment."""
        return []

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        assert isinstance(request.user, User)  # the admin lets nobody else in
        key, name = str(obj.pk), self.name_of(obj)[:200]
        obj.delete()
        kind = get_content_type_for_model(obj)
        LogEntry.objects.create(
            user=request.user, content_type=kind, object_id=key, object_repr=name, action_flag=DELETION
        )

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        for each in queryset:
            self.delete_model(request, each)

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> LogEntry:
        """What is in the log is seen also by who has lost the right to read."""
        entry: LogEntry = super().log_change(request, obj, message)
        entry.object_repr = self.name_of(obj)[:200]
        entry.save(update_fields=["object_repr"])
        return entry

    def render_delete_form(self, request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
        """The page calls what it asks about by its name; it shall be this one."""
        thing = context["object"]
        context["object"] = Named(thing.pk, self.name_of(thing))
        return super().render_delete_form(request, context)

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """Delete a person's chats each in a transaction of its own; in the one that Django makes of this view all
        writers would wait for all of them."""
        try:
            response: HttpResponse = self._delete_view(request, object_id, extra_context)  # type: ignore[attr-defined]
            return response
        except Held as error:  # laid at this very moment
            return self._say(request, error)

    def response_action(
        self, request: HttpRequest, queryset: QuerySet[Model], action_location: Any = None
    ) -> HttpResponse | None:
        try:
            return super().response_action(request, queryset)
        except Held as error:
            return self._say(request, error)

    def _say(self, request: HttpRequest, error: Held) -> HttpResponse:
        self.message_user(request, error.sentence, messages.ERROR)
        return HttpResponseRedirect(request.path)


class DeletingMixin(QuietlyDeletingMixin):
    """Of conversations."""

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("chat.delete_conversation")

    def name_of(self, obj: Conversation) -> str:
        return f"Conversation {obj.pk}"

    def conversations_of(self, objs: Sequence[Conversation]) -> ConversationQuerySet:
        return Conversation.objects.filter(pk__in=[each.pk for each in objs])

    def held_of(self, objs: Sequence[Conversation]) -> Iterable[Conversation]:
        return self.conversations_of(objs).held()

    def response_delete(self, request: HttpRequest, obj_display: str, obj_id: Any) -> HttpResponse:
        return super().response_delete(request, f"Conversation {obj_id}", obj_id)


class DeletingPeopleMixin(QuietlyDeletingMixin):
    """Of people, with their conversations."""

    def name_of(self, obj: User) -> str:
        return obj.get_username()

    def conversations_of(self, objs: Sequence[User]) -> ConversationQuerySet:
        return Conversation.objects.filter(user__in=objs)

    def held_of(self, objs: Sequence[User]) -> Iterable[User]:
        return [each for each in objs if each.is_held]
