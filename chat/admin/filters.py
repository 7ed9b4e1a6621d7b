"""What the review list is filtered by. Each adds one condition on the conversation, and joins nothing."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest, QueryDict

from chat.admin.dates import DatesFilter
from chat.models import Conversation, Feedback, Generation, Persona, Sample, User
from chat.models.conversation import OWN_INSTRUCTIONS, ConversationQuerySet
from chat.models.generation import State

RECENT = 2_000  # answers, or what is said of them, whose models are those one may choose from
MOST = 50  # choices of a filter

Choose = Callable[[ConversationQuerySet, HttpRequest], ConversationQuerySet]


def me(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # the admin lets nobody else in
    return request.user


def waiting(chats: ConversationQuerySet, request: HttpRequest) -> ConversationQuerySet:
    """Return what waits for whoever asks: of a sample what they haven't judged, for all shall judge the same."""
    return chats.unreviewed_by(me(request)) if SampleFilter.parameter_name in request.GET else chats.unreviewed()


class OneOfThem(admin.SimpleListFilter):
    """Folded away until it is used: there are many. What an address names is a choice, whatever else is on offer."""

    template = "admin/chat/filter.html"

    def has_output(self) -> bool:
        return self.value() is not None or super().has_output()

    @property
    def unknown(self) -> str | None:
        """What an address asks for that is no choice; None where it is one."""
        return None


class ChoiceFilter(OneOfThem):
    """One of a few fixed choices, each a way to narrow the list down; what is no choice is shown nothing."""

    options: ClassVar[dict[str, tuple[str, Choose]]]

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(value, label) for value, (label, _) in self.options.items()]

    @property
    def unknown(self) -> str | None:
        return None if self.value() in self.options else self.value()

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        value = self.value()
        if value is None:
            return queryset
        return self.options[value][1](queryset, request) if value in self.options else queryset.none()


class ReviewFilter(ChoiceFilter):
    title, parameter_name = "review", "review"
    options = {
        "unreviewed": ("Waiting for review", waiting),
        "mine": ("Claimed by me", lambda chats, request: chats.claimed_by(me(request))),
        "others": ("Claimed by others", lambda chats, request: chats.claimed_by_others(me(request))),
        "reviewed": ("Reviewed", lambda chats, _: chats.reviewed()),
        "by-me": ("Reviewed by me", lambda chats, request: chats.reviewed_by(me(request))),
    }


class FeedbackFilter(ChoiceFilter):
    title, parameter_name = "feedback", "feedback"
    options = {
        "bad": ("Bad answers", lambda chats, _: chats.with_feedback(Feedback.Value.BAD)),
        "good": ("Good answers", lambda chats, _: chats.with_feedback(Feedback.Value.GOOD)),
        "none": ("None", lambda chats, _: chats.without_feedback()),
    }


class EndingFilter(ChoiceFilter):
    title, parameter_name = "ending of an answer", "ending"
    options = {
        "broken": ("Failed or interrupted", lambda chats, _: chats.failed()),
        "failed": ("Failed", lambda chats, _: chats.ended(State.FAILED)),
        "interrupted": ("Interrupted", lambda chats, _: chats.ended(State.INTERRUPTED)),
        "stopped": ("Stopped", lambda chats, _: chats.ended(State.STOPPED)),
        "length": (
            "Cut by length",
            lambda chats, _: chats.with_rare_answer(state=State.COMPLETE, finish_reason="length"),
        ),
    }


class FlagFilter(ChoiceFilter):
    title, parameter_name = "flag", "flagged"
    options = {
        "yes": ("Flagged", lambda chats, _: chats.flagged()),
        "no": ("Not flagged", lambda chats, _: chats.unflagged()),
    }


class MentionFilter(ChoiceFilter):
    title, parameter_name = "mention", "mentions"
    options = {"me": ("Mentions me, unseen", lambda chats, request: chats.mentioning(me(request)))}


class LengthFilter(ChoiceFilter):
    title, parameter_name = "length", "length"
    options = {
        "2": ("1 or 2 messages", lambda chats, _: chats.of_length(1, 2)),
        "10": ("3 to 10 messages", lambda chats, _: chats.of_length(3, 10)),
        "40": ("11 to 40 messages", lambda chats, _: chats.of_length(11, 40)),
        "more": ("More", lambda chats, _: chats.of_length(41)),
    }


class FirstWordsFilter(ChoiceFilter):
    title, parameter_name = "wait for the first words", "first_words"
    options = {
        "1": ("Longer than 1 s", lambda chats, _: chats.with_answer(first_token_ms__gt=1_000)),
        "5": ("Longer than 5 s", lambda chats, _: chats.with_rare_answer(first_token_ms__gt=5_000)),
        "15": ("Longer than 15 s", lambda chats, _: chats.with_rare_answer(first_token_ms__gt=15_000)),
    }


class StallFilter(ChoiceFilter):
    title, parameter_name = "longest stall", "stall"
    options = {
        "2": ("Longer than 2 s", lambda chats, _: chats.with_answer(longest_stall_ms__gt=2_000)),
        "10": ("Longer than 10 s", lambda chats, _: chats.with_rare_answer(longest_stall_ms__gt=10_000)),
        "30": ("Longer than 30 s", lambda chats, _: chats.with_rare_answer(longest_stall_ms__gt=30_000)),
    }


class ModelFilter(OneOfThem):
    """Those that wrote the newest answers; another one can be named in the address."""

    title, parameter_name = "model", "model"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        newest = Generation.objects.order_by("-created").values_list("model", flat=True)[:RECENT]
        models = {*newest, self.value() or ""} - {""}
        return [(model, model) for model in sorted(models)[:MOST]]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.with_answer(model=self.value()) if self.value() else queryset


class PersonaFilter(OneOfThem):
    title, parameter_name = "persona", "persona"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        site = Persona.objects.filter(owner=None).order_by("name")[:MOST]
        return [
            *((str(persona.pk), persona.name) for persona in site),
            ("own", f"{OWN_INSTRUCTIONS} or personas"),
            ("none", "None"),
        ]

    @property
    def unknown(self) -> str | None:
        value = self.value()
        return None if value in (None, "own", "none") or is_there(Persona.objects.all(), value) else value

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        match self.value():
            case None:
                return queryset
            case "own":
                own = Persona.objects.exclude(owner=None)
                return queryset.filter(Q(persona__in=own) | Q(persona=None) & ~Q(system_prompt=""))
            case "none":
                return queryset.filter(persona=None, system_prompt="")
            case value:
                return queryset.filter(persona=value) if value.isdecimal() and len(value) < 19 else queryset.none()


class SampleFilter(OneOfThem):
    title, parameter_name = "sample", "sample"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(str(sample.pk), sample.name) for sample in Sample.objects.order_by("-drawn")[:MOST]]

    @property
    def unknown(self) -> str | None:
        value = self.value()
        return None if value is None or is_there(Sample.objects.all(), value) else value

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        value = self.value()
        if value is None:
            return queryset
        if not value.isdecimal() or len(value) > 18:
            return queryset.none()
        drawn = Sample.conversations.through.objects.filter(sample=int(value))
        return queryset.filter(pk__in=drawn.values("conversation"))


class UserFilter(admin.ListFilter):
    """One person, whose name in a row leads here; there are too many to choose from."""

    title = "user"
    template = OneOfThem.template
    parameter_name = "user__id__exact"

    def __init__(self, request: HttpRequest, params: dict[str, list[str]], model: Any, model_admin: Any) -> None:
        super().__init__(request, params, model, model_admin)
        self.wanted = params.pop(self.parameter_name, [""])[-1]
        is_number = self.wanted.isdecimal() and len(self.wanted) < 19
        self.user = User.objects.filter(pk=self.wanted).first() if is_number else None
        if self.wanted:
            self.used_parameters[self.parameter_name] = self.wanted

    def expected_parameters(self) -> list[str | None]:
        return [self.parameter_name]

    def has_output(self) -> bool:
        return bool(self.wanted)

    @property
    def unknown(self) -> str | None:
        return self.wanted if self.wanted and self.user is None else None

    def choices(self, changelist: Any) -> Iterator[dict[str, Any]]:
        everybody = changelist.get_query_string(remove=[self.parameter_name])
        yield {"selected": False, "query_string": everybody, "display": "All"}
        name = self.user.get_username() if self.user else "Nobody there"
        yield {"selected": True, "query_string": changelist.get_query_string(), "display": name}

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        if not self.wanted:
            return queryset
        return queryset.filter(user=self.user) if self.user else queryset.none()


class LastTurnFilter(DatesFilter):
    title = "last turn"

    def between(self, queryset: Any, since: datetime | None, until: datetime | None) -> Any:
        return queryset.active_between(since, until)


def is_there(things: QuerySet[Any], key: str) -> bool:
    return key.isdecimal() and len(key) < 19 and things.filter(pk=int(key)).exists()


FILTERS: list[Any] = [
    ReviewFilter,
    FeedbackFilter,
    EndingFilter,
    FlagFilter,
    MentionFilter,
    UserFilter,
    LastTurnFilter,
    ModelFilter,
    PersonaFilter,
    SampleFilter,
    LengthFilter,
    FirstWordsFilter,
    StallFilter,
]


def unknown_in(request: HttpRequest, filters: QueryDict) -> list[str]:
    """Return a sentence for each filter that an address gives a value it doesn't know."""
    params = dict(filters.lists())
    asked = [
        each for each in FILTERS if params.keys() & {*getattr(each, "names", ()), getattr(each, "parameter_name", "")}
    ]
    specs = [each(request, params, Conversation, None) for each in asked]
    return [
        f"“{spec.unknown}” is no choice of the filter “{spec.title}”." for spec in specs if spec.unknown is not None
    ]
