"""Samples: leads draw them, by chance and once; everybody reviews what was drawn."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from chat.models import Conversation, Generation, Sample, User
from chat.models.conversation import ConversationQuerySet
from tests.conftest import begin, signed_in
from tests.roles import staff
from tests.views.test_queue import LIST, listed

pytestmark = pytest.mark.django_db

ADD = "/admin/chat/sample/add/"


@pytest.fixture
def lead(db: None) -> User:
    return staff("lead", "Lead")


def form(**values: object) -> dict[str, object]:
    today = timezone.localdate()
    ordinary = {"name": "Two a day", "size": 2, "per": "day", "since": today - timedelta(days=1), "until": today}
    return {**ordinary, **values}


def begun(user: User, count: int, *, days: int = 0, **values: object) -> set[str]:
    made = [begin(user) for _ in range(count)]
    for turn in made:
        when = timezone.now() - timedelta(days=days)
        Conversation.objects.filter(pk=turn.answer.conversation_id).update(updated=when, **values)
        Generation.objects.filter(pk=turn.generation.pk).update(state="complete", created=when)
    return {str(turn.answer.conversation_id) for turn in made}


def drawn() -> set[str]:
    return {str(pk) for pk in Sample.objects.get().conversations.values_list("pk", flat=True)}


def test_of_each_day_as_many_as_wanted_are_drawn(owner: User, other: User, lead: User) -> None:
    today, yesterday, before = begun(owner, 4), begun(owner, 4, days=1), begun(owner, 3, days=2)
    begun(other, 2, is_temporary=True)
    answer = signed_in(lead).post(ADD, form())
    sample = Sample.objects.get()
    assert answer.headers["Location"] == f"{LIST}?sample={sample.pk}"
    assert sample.drawn_by == lead
    assert len(drawn() & today) == len(drawn() & yesterday) == 2
    assert not drawn() & before
    assert listed(lead, sample=sample.pk) == drawn()


def test_of_each_model_as_many_as_wanted_are_drawn(owner: User, lead: User) -> None:
    rare, common = begun(owner, 1), begun(owner, 5)
    Generation.objects.filter(conversation__in=list(rare)).update(model="rare")
    signed_in(lead).post(ADD, form(per="model"))
    assert rare < drawn()
    assert len(drawn() & common) == 2


def test_what_may_not_be_reviewed_is_not_drawn(owner: User, lead: User) -> None:
    begun(owner, 2, is_temporary=True)
    begun(owner, 2, deleted=timezone.now())
    for per in ("day", "model"):
        page = signed_in(lead).post(ADD, form(per=per), follow=True)
        assert "No chats were there to be drawn." in page.content.decode()
        assert not drawn()
        Sample.objects.all().delete()


def test_chance_decides(owner: User, lead: User, settings: Settings) -> None:
    settings.CHAT_MAX_RUNNING = 30
    begun(owner, 30)
    samples = []
    for _ in range(5):
        signed_in(lead).post(ADD, form(size=5))
        samples.append(frozenset(drawn()))
        Sample.objects.all().delete()
    assert len(set(samples)) > 1  # all alike: once in 10 ** 20


def test_a_sample_is_not_changed_and_may_be_deleted(owner: User, lead: User) -> None:
    begun(owner, 1)
    signed_in(lead).post(ADD, form())
    sample = Sample.objects.get()
    path = reverse("admin:chat_sample_change", args=[sample.pk])
    assert f"?sample={sample.pk}" in signed_in(lead).get(path).content.decode()
    assert signed_in(lead).post(path, form(name="Other")).status_code == 403
    signed_in(lead).post(reverse("admin:chat_sample_delete", args=[sample.pk]), {"post": "yes"})
    assert not Sample.objects.exists()
    assert Conversation.objects.count() == 1


def test_its_number_is_of_what_its_link_shows(owner: User, other: User, lead: User, settings: Settings) -> None:
    settings.CHAT_REVIEW = "opt-out"
    begun(owner, 1)
    gone, spared = begun(owner, 1), begun(other, 1)
    signed_in(lead).post(ADD, form(size=3))
    sample = Sample.objects.get()
    Conversation.objects.filter(pk__in=gone).update(deleted=timezone.now())
    User.objects.filter(pk=other.pk).update(allows_review=False)
    assert len(gone | spared | listed(lead, sample=sample.pk)) == len(drawn()) == 3
    link = f'<a href="{LIST}?sample={sample.pk}">1</a>'
    for page in (reverse("admin:chat_sample_changelist"), reverse("admin:chat_sample_change", args=[sample.pk])):
        assert link in signed_in(lead).get(page).content.decode()


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"since": "2026-03-02", "until": "2026-03-01"}, "It ends before it begins."),
        ({"since": "2020-01-01", "until": "2026-03-01"}, "more than 366 days"),
        ({"since": "9999-12-31", "until": "9999-12-31"}, "Nobody chatted here then."),
        ({"size": 0}, "greater than or equal to 1"),
        ({"size": 501}, "less than or equal to 500"),
    ],
)
def test_nonsense_is_refused_kindly(lead: User, values: dict[str, object], sentence: str) -> None:
    page = signed_in(lead).post(ADD, form(**values))
    assert sentence in page.content.decode()
    assert not Sample.objects.exists()


def test_reviewers_look_at_samples_and_draw_none(owner: User, lead: User) -> None:
    anna = staff("anna", "Reviewer")
    assert signed_in(anna).get(reverse("admin:chat_sample_changelist")).status_code == 200
    assert signed_in(anna).get(ADD).status_code == 403
    assert signed_in(anna).post(ADD, form()).status_code == 403


@pytest.mark.parametrize("per", ["day", "model"])
@pytest.mark.django_db(transaction=True)
def test_nobody_waits_while_it_is_drawn(owner: User, lead: User, monkeypatch: pytest.MonkeyPatch, per: str) -> None:
    begun(owner, 1)
    some, seen = Sample._some, []

    def look(sample: Sample, conversations: ConversationQuerySet) -> object:
        seen.append(connection.in_atomic_block)
        return list(some(sample, conversations))

    monkeypatch.setattr(Sample, "_some", look)
    signed_in(lead).post(ADD, form(per=per))
    assert seen
    assert not any(seen)
    assert len(drawn()) == 1


def test_what_is_deleted_while_it_is_drawn_is_not_in_it(
    owner: User, lead: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone, kept = begun(owner, 1), begun(owner, 1)
    some = Sample._some

    def look(sample: Sample, conversations: ConversationQuerySet) -> object:
        found = list(some(sample, conversations))
        Conversation.objects.filter(pk__in=list(gone)).delete()
        return found

    monkeypatch.setattr(Sample, "_some", look)
    signed_in(lead).post(ADD, form())
    assert drawn() == kept


def test_a_form_from_elsewhere_draws_nothing(lead: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(lead)
    assert client.post(ADD, form()).status_code == 403
    assert not Sample.objects.exists()
