"""How far reviewers agree: a page with a row for each two of them who judged the same."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import combinations
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone

from chat.agreement import kappa, mean, weighted_kappa
from chat.models import Conversation, Criterion, Mark, Verdict

DAYS = 90
FEWEST_PAIRS = 2  # of one, chance says all or nothing
Subject = tuple[Any, ...]  # what was judged: conversation, message, rubric
Said = dict[int, Any]  # by a reviewer's key, what they said of it


class RangeForm(forms.Form):
    since = forms.DateField(label="From", widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(label="To", widget=forms.DateInput(attrs={"type": "date"}))

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or {}
        if said.get("since") and said.get("until") and said["since"] > said["until"]:
            self.add_error("until", "This day is before the first one.")
        return said


@dataclass(frozen=True)
class Row:
    """What two reviewers agree on, or all of them: of how many things they both judged, and how far."""

    who: str
    pairs: int
    kappa: float | None


@dataclass(frozen=True)
class Table:
    name: str
    is_weighted: bool
    rows: list[Row]
    overall: float | None


class AgreementMixin(admin.ModelAdmin):  # type: ignore[type-arg]
    def get_urls(self) -> list[URLPattern]:
        ours = path("agreement/", self.admin_site.admin_view(self.agreement), name="chat_verdict_agreement")
        return [ours, *super().get_urls()]

    def agreement(self, request: HttpRequest) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        today = timezone.now().date()
        fallback = {"since": today - timedelta(days=DAYS), "until": today}
        form = RangeForm(request.GET or fallback)
        days = form.cleaned_data if form.is_valid() else fallback
        context = {
            **self.admin_site.each_context(request),
            "title": "Agreement",
            "opts": self.opts,
            "form": form,
            "tables": tables(days["since"], days["until"]),
        }
        return TemplateResponse(
            request, "admin/chat/verdict/agreement.html", context, status=200 if form.is_valid() else 400
        )


def tables(since: date, until: date) -> list[Table]:
    """Return how far reviewers agree on the verdict itself, and on each criterion that is a label or a score."""
    verdicts = Verdict.objects.filter(
        created__date__range=(since, until), conversation__in=Conversation.objects.reviewable(), reviewer__isnull=False
    )
    names: dict[int, str] = {}
    overall: defaultdict[Subject, Said] = defaultdict(dict)
    columns = ("conversation", "message", "rubric", "reviewer", "reviewer__username", "overall")
    for *subject, reviewer, name, said in verdicts.values_list(*columns):
        names[reviewer] = name
        overall[tuple(subject)][reviewer] = said
    found = [table("Verdict", overall.values(), names, is_weighted=False)]
    marks = Mark.objects.filter(verdict__in=verdicts).exclude(criterion__kind=Criterion.Kind.TEXT)
    return [*found, *_tables_of(marks, names)]


def _tables_of(marks: Any, names: Mapping[int, str]) -> Iterable[Table]:
    by_criterion: defaultdict[tuple[str, str, str], defaultdict[Subject, Said]] = defaultdict(lambda: defaultdict(dict))
    columns = (
        "criterion__rubric__name",
        "criterion__name",
        "criterion__kind",
        "verdict__conversation",
        "verdict__message",
        "verdict__reviewer",
        "label",
        "score",
    )
    for rubric, name, kind, conversation, message, reviewer, label, score in marks.values_list(*columns):
        answer = score if kind == Criterion.Kind.SCORE else label
        by_criterion[rubric, name, kind][conversation, message][reviewer] = answer
    for (rubric, name, kind), said in sorted(by_criterion.items()):
        yield table(f"{rubric}: {name}", said.values(), names, is_weighted=kind == Criterion.Kind.SCORE)


def table(name: str, judged: Iterable[Said], names: Mapping[int, str], *, is_weighted: bool) -> Table:
    """Return a row for each two who judged the same, and their mean, by how much they did."""
    pairs: defaultdict[tuple[int, int], list[tuple[Any, Any]]] = defaultdict(list)
    for said in judged:
        for one, other in combinations(sorted(said), 2):
            pairs[one, other].append((said[one], said[other]))
    measure = weighted_kappa if is_weighted else kappa
    rows = [
        Row(f"{names[one]} and {names[other]}", len(both), measure(both) if len(both) >= FEWEST_PAIRS else None)
        for (one, other), both in sorted(pairs.items())
    ]
    return Table(name, is_weighted, rows, mean([(row.kappa, row.pairs) for row in rows]))
