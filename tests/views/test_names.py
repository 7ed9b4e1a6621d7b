"""People in the admin: named on the pages of records, with a link for those who may open their page; marked in their
own list by words."""

import re

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from chat.models import Change, Correction, Criterion, Flag, Note, Rubric, Sample, Turn, User, Verdict
from tests.conftest import signed_in
from tests.roles import staff

pytestmark = pytest.mark.django_db

PEOPLE = reverse("admin:chat_user_changelist")


@pytest.fixture
def lead(db: None) -> User:
    return staff("leonora", "Lead")


@pytest.fixture
def verdict(turn: Turn, lead: User) -> Verdict:
    rubric = Rubric.objects.create(name="Manners", subject="conversation")
    tone = Criterion.objects.create(rubric=rubric, name="Tone", kind="label", labels=["Kind", "Rude"], position=2)
    score = Criterion.objects.create(rubric=rubric, name="Help", kind="score", lowest=0, highest=5, position=1)
    answers: dict[Criterion, str | int] = {tone: "<Rude>", score: 0}
    return Verdict.objects.give(lead, turn.answer.conversation, None, rubric, "bad", "Hm.", answers)


def pages(turn: Turn, lead: User, verdict: Verdict) -> dict[str, str]:
    chat, answer, today = turn.answer.conversation, turn.answer, timezone.localdate()
    turn.question.author = lead
    turn.question.save(update_fields=["author"])
    verdict.decide(lead)
    records = [
        verdict,
        Note.objects.create(conversation=chat, author=lead, text="Look."),
        Flag.objects.create(conversation=chat, raised_by=lead, reason="Look"),
        Correction.objects.create(message=answer, author=lead, text="Blue."),
        Change.objects.all()[0],
        turn.question,
        turn.generation,
        Sample.objects.create(name="Some", per="day", size=1, since=today, until=today, drawn_by=lead),
    ]
    names = [record._meta.model_name or "" for record in records]
    return {
        name: reverse(f"admin:chat_{name}_change", args=[record.pk])
        for name, record in zip(names, records, strict=True)
    }


def shown(client: Client, path: str) -> str:
    page = client.get(path)
    assert page.status_code == 200, path
    return page.content.decode().split('id="content-main"')[1]


def test_a_page_links_to_people_only_for_who_may_open_theirs(turn: Turn, lead: User, verdict: Verdict) -> None:
    there = pages(turn, lead, verdict)
    to_person = re.compile(rf'href="{PEOPLE}\d+/change/"')
    for name, path in there.items():
        html = shown(signed_in(lead), path)
        assert not to_person.search(html), name
        assert ("leonora" in html) == (name != "generation"), name
    lead.user_permissions.add(Permission.objects.get(codename="view_user"))
    for name, path in there.items():
        linked = to_person.search(shown(signed_in(User.objects.get(pk=lead.pk)), path))
        assert bool(linked) == (name != "generation"), name


def test_a_verdicts_page_has_its_answers_to_the_rubric(verdict: Verdict, lead: User) -> None:
    html = shown(signed_in(lead), reverse("admin:chat_verdict_change", args=[verdict.pk]))
    assert "<div>Help: 0</div><div>Tone: &lt;Rude&gt;</div>" in html


def test_the_list_of_people_has_words_and_no_ticks(owner: User) -> None:
    client = signed_in(staff("olga", "Operator"))
    guest = User.objects.for_guest("a key of a guest")
    User.objects.filter(pk=owner.pk).update(suspended=timezone.now())
    html = client.get(PEOPLE).content.decode()
    assert html.count('<span class="review-mark guest">Guest</span>') == 1
    assert html.count('<span class="review-mark suspended">Suspended</span>') == 1
    for words in ("Guests", "With an account", "Not suspended"):
        assert f">{words}</a>" in html
    assert "ot empty" not in html
    for query, found in (
        ({"guest": "yes"}, {guest.pk}),
        ({"guest": "no"}, {owner.pk}),
        ({"is_suspended": "yes"}, {owner.pk}),
        ({"is_suspended": "no"}, {guest.pk}),
        ({"is_suspended": "maybe"}, set()),
    ):
        assert {user.pk for user in client.get(PEOPLE, query).context["cl"].result_list} == found


def test_flags_are_up_or_taken_down(turn: Turn, lead: User) -> None:
    chat = turn.answer.conversation
    up = Flag.objects.create(conversation=chat, raised_by=lead, reason="Up there")
    down = Flag.objects.create(conversation=chat, raised_by=lead, reason="Down there", taken_down=timezone.now())
    path, client = reverse("admin:chat_flag_changelist"), signed_in(lead)
    assert ">Taken down</a>" in client.get(path).content.decode()
    for value, flag in (("no", up), ("yes", down)):
        assert [each.pk for each in client.get(path, {"down": value}).context["cl"].result_list] == [flag.pk]
