"""Who may do what in the admin: every deed, for every role, and whether anything is changed by it.

Each is done with a form that is filled in as it should be, so that only who does it decides. The pages themselves are
asked for in test_roles.py.
"""

from dataclasses import dataclass
from http.cookies import SimpleCookie
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.apps import apps
from django.contrib.auth.models import Group
from django.db import transaction
from django.db.models import Model
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from chat.models import (
    Assignment,
    Conversation,
    Correction,
    Message,
    Note,
    Opening,
    Rubric,
    SavedView,
    Turn,
    User,
    Verdict,
)
from chat.models.rubric import Subject
from tests.conftest import begin, signed_in
from tests.roles import ROLES, one_of_each, person

pytestmark = pytest.mark.django_db

# As in test_roles.py; a star: something is changed by it.

TEAM____ = "302* 302* 403 403 302* 302 302 302"  # who review
LEADS___ = "403 302* 403 403 302* 302 302 302"
OPERATE_ = "403 403 302* 403 302* 302 302 302"
ROOT____ = "403 403 403 403 302* 302 302 302"
NOBODY__ = "403 403 403 403 403 302 302 302"

DEEDS = {
    # Judging                    Rev Lead Op staff super user guest nobody
    "say why one opens it": "302 302 403 403 302 302 302 302",  # kept in the session
    "judge a conversation": TEAM____,
    "judge an answer": TEAM____,
    "withdraw one's verdict": TEAM____,
    "withdraw another's verdict": NOBODY__,
    "decide": LEADS___,
    "undecide": LEADS___,
    "leave a note": TEAM____,
    "edit one's note": TEAM____,
    "edit another's note": NOBODY__,
    "remove one's note": TEAM____,
    "remove another's note": NOBODY__,
    "see a mention": TEAM____,
    "put up a flag": TEAM____,
    "take down another's flag": TEAM____,
    "correct": TEAM____,
    "remove one's correction": TEAM____,
    "remove another's correction": NOBODY__,
    # Turns
    "have the next one": TEAM____,
    "claim": TEAM____,
    "release": TEAM____,
    "skip": TEAM____,
    "extend": "204* 204* 403 403 204* 302 302 302",
    # The list of conversations; where it offers no action at all, it is shown as if nothing were asked
    "delete a conversation": ROOT____,
    "delete chosen conversations": "200 302 403 403 302* 302 302 302",
    "export chosen conversations": "200 302 403 403 302 302 302 302",  # to the page that asks what of them
    "export, and choose no file": "403 400 403 403 400 302 302 302",
    # Views, rubrics, samples
    "save a view": TEAM____,
    "change one's view": TEAM____,
    "change a view that another shares": NOBODY__,
    "delete one's view": TEAM____,
    "delete a view that another shares": NOBODY__,
    "delete chosen views that another shares": NOBODY__,
    "make a rubric": LEADS___,
    "change a rubric": LEADS___,
    "delete a rubric": LEADS___,
    "delete chosen rubrics": "200 302* 403 403 302* 302 302 302",
    "draw a sample": LEADS___,
    "delete a sample": LEADS___,
    # Holds and the read log
    "lay a hold": LEADS___,
    "release a hold": LEADS___,
    "release chosen holds": LEADS___,
    "delete a hold": NOBODY__,
    "delete a line of the read log": NOBODY__,
    # What runs the site
    "make a persona": OPERATE_,
    "change a persona": OPERATE_,
    "delete a persona": OPERATE_,
    "delete chosen personas": "200 200 302* 403 302* 302 302 302",
    "set a quota": OPERATE_,
    "delete a quota": OPERATE_,
    "announce": OPERATE_,
    "delete an announcement": OPERATE_,
    "switch a model off": OPERATE_,
    "switch a model on": OPERATE_,
    "make a retention rule": OPERATE_,
    "change a retention rule": OPERATE_,
    "delete a retention rule": OPERATE_,
    # People; what operators send of names, roles, passwords and e-mail addresses is not looked at
    "rename a person": "403 403 302 403 302* 302 302 302",
    "give a person an e-mail address": "403 403 302 403 302* 302 302 302",
    "give a person a role": "403 403 302 403 302* 302 302 302",
    "set a person's password": ROOT____,
    "verify a person's e-mail address": ROOT____,
    "suspend": OPERATE_,
    "suspend a member of the staff": "403 403 302 403 302* 302 302 302",
    "let in again": OPERATE_,
    "delete a person": ROOT____,
    "delete chosen people": "403 403 302 403 302* 302 302 302",
    "make a group": ROOT____,
}


@dataclass(frozen=True)
class Scene:
    """One of each kind, by others, and some more that is one's own."""

    me: User
    examples: dict[str, Any]
    answer: Message
    waiting: Conversation  # for a review
    taken: Conversation  # claimed by oneself
    verdict: Verdict
    decided: Verdict
    note: Note
    correction: Correction
    mentioning: Note
    view: SavedView
    rubric: Rubric  # by which nothing was judged
    suspended: User
    staff: User
    address: EmailAddress


@pytest.fixture
def examples(turn: Turn, other: User) -> dict[str, Any]:
    return one_of_each(turn, other)


def scene_of(me: User, examples: dict[str, Any], other: User) -> Scene:
    conversation, answer = examples["chat_conversation"], examples["chat_message"]
    taken = begin(other, "Why is grass green?").question.conversation
    assert Assignment.objects.claim(me, taken)
    rubric = Rubric.objects.create(name="A new one", subject=Subject.ANSWER, is_active=False)
    decided = Verdict.objects.give(other, conversation, answer, examples["chat_rubric"], Verdict.Overall.BAD)
    decided.decide(other)
    suspended, staff = User.objects.create_user("suspended"), User.objects.create_user("a clerk", is_staff=True)
    suspended.suspend("Rude.", other)
    return Scene(
        me=me,
        examples=examples,
        answer=answer,
        waiting=begin(other, "Why is snow white?").question.conversation,
        taken=taken,
        verdict=Verdict.objects.give(me, conversation, None, rubric, Verdict.Overall.GOOD),
        decided=decided,
        note=Note.objects.leave(me, conversation, None, "Mine."),
        correction=Correction.objects.write(me, answer, "My own words."),
        mentioning=Note.objects.leave(other, conversation, None, f"Look, @{me.username}."),
        view=SavedView.objects.create(owner=me, name="Mine"),
        rubric=Rubric.objects.create(name="Another new one", subject=Subject.ANSWER, is_active=False),
        suspended=suspended,
        staff=staff,
        address=EmailAddress.objects.create(user=other, email="another@example.org"),
    )


# Where each deed is done, and with what

Call = tuple[str, dict[str, Any]]


def calls(scene: Scene) -> dict[str, Call]:
    return {**judging(scene), **turns(scene), **lists(scene), **judged_by(scene), **running(scene), **people(scene)}


def judging(scene: Scene) -> dict[str, Call]:
    about = {"message": str(scene.answer.pk)}
    criterion = scene.examples["chat_rubric"].criteria.get()

    def at(deed: str, *which: Model, **form: Any) -> Call:
        keys = [scene.answer.conversation_id, *(each.pk for each in which)]
        return reverse(f"admin:chat_conversation_{deed}", args=keys), form

    theirs = {kind: scene.examples[f"chat_{kind}"] for kind in ("verdict", "note", "flag", "correction")}
    return {
        "say why one opens it": at("reason", reason="A complaint."),
        "judge a conversation": at("judge", overall="good"),
        "judge an answer": at("judge", overall="good", **{f"criterion_{criterion.pk}": 5}, **about),
        "withdraw one's verdict": at("withdraw", scene.verdict),
        "withdraw another's verdict": at("withdraw", theirs["verdict"]),
        "decide": at("decide", theirs["verdict"]),
        "undecide": at("undecide", scene.decided),
        "leave a note": at("note", text="Hm."),
        "edit one's note": at("edit_note", scene.note, text="Hm."),
        "edit another's note": at("edit_note", theirs["note"], text="Hm."),
        "remove one's note": at("remove_note", scene.note),
        "remove another's note": at("remove_note", theirs["note"]),
        "see a mention": at("seen", scene.mentioning),
        "put up a flag": at("flag", reason="Odd."),
        "take down another's flag": at("take_down", theirs["flag"]),
        "correct": at("correct", text="Because it scatters.", **about),
        "remove one's correction": at("remove_correction", scene.correction),
        "remove another's correction": at("remove_correction", theirs["correction"]),
    }


def turns(scene: Scene) -> dict[str, Call]:
    def at(deed: str, conversation: Conversation) -> Call:
        return reverse(f"admin:chat_conversation_{deed}", args=[conversation.pk]), {}

    return {
        "have the next one": (reverse("admin:chat_conversation_next"), {}),
        "claim": at("claim", scene.waiting),
        "release": at("release", scene.taken),
        "skip": at("skip", scene.taken),
        "extend": at("extend", scene.taken),
    }


def chosen(model: str, action: str, *which: Model, **form: Any) -> Call:
    keys = [str(each.pk) for each in which]
    return reverse(f"admin:{model}_changelist"), {"action": action, "_selected_action": keys, "index": "0", **form}


def added(model: str, **form: Any) -> Call:
    return reverse(f"admin:{model}_add"), form


def changed(one: Model, **form: Any) -> Call:
    return reverse(f"admin:{one._meta.app_label}_{one._meta.model_name}_change", args=[one.pk]), form


def deleted(one: Model) -> Call:
    return reverse(f"admin:{one._meta.app_label}_{one._meta.model_name}_delete", args=[one.pk]), {"post": "yes"}


def lists(scene: Scene) -> dict[str, Call]:
    conversation, hold = scene.examples["chat_conversation"], scene.examples["chat_legalhold"]
    return {
        "delete a conversation": deleted(conversation),
        "delete chosen conversations": chosen("chat_conversation", "delete_selected", conversation, post="yes"),
        "export chosen conversations": chosen("chat_conversation", "export_selected", conversation),
        "export, and choose no file": (reverse("chat:export_for_learning"), {"answers": "all"}),
        "lay a hold": added("chat_legalhold", username=scene.suspended.username, reason="A case."),
        "release a hold": changed(hold, _release="1"),
        "release chosen holds": chosen("chat_legalhold", "release_selected", hold),
        "delete a hold": deleted(hold),
        "delete a line of the read log": deleted(scene.examples["chat_opening"]),
    }


def judged_by(scene: Scene) -> dict[str, Call]:
    shared, today = scene.examples["chat_savedview"], timezone.localdate()
    no_criteria = {"criteria-TOTAL_FORMS": "0", "criteria-INITIAL_FORMS": "0"}
    rubric = {"subject": "answer", "is_active": "on", **no_criteria}
    return {
        "save a view": added("chat_savedview", name="New", query="feedback=bad"),
        "change one's view": changed(scene.view, name="New", query=""),
        "change a view that another shares": changed(shared, name="New", query=""),
        "delete one's view": deleted(scene.view),
        "delete a view that another shares": deleted(shared),
        "delete chosen views that another shares": chosen("chat_savedview", "delete_selected", shared, post="yes"),
        "make a rubric": added("chat_rubric", name="New", **rubric),
        "change a rubric": changed(scene.rubric, name="New", **rubric),
        "delete a rubric": deleted(scene.rubric),
        "delete chosen rubrics": chosen("chat_rubric", "delete_selected", scene.rubric, post="yes"),
        "draw a sample": added("chat_sample", name="New", size=1, per="day", since=today, until=today),
        "delete a sample": deleted(scene.examples["chat_sample"]),
    }


def running(scene: Scene) -> dict[str, Call]:
    of = scene.examples
    persona = {"name": "Critic", "prompt": "Doubt."}
    return {
        "make a persona": added("chat_persona", **persona),
        "change a persona": changed(of["chat_persona"], **persona),
        "delete a persona": deleted(of["chat_persona"]),
        "delete chosen personas": chosen("chat_persona", "delete_selected", of["chat_persona"], post="yes"),
        "set a quota": added("chat_quota", audience="everybody", messages=5),
        "delete a quota": deleted(of["chat_quota"]),
        "announce": added("chat_announcement", text="Hello", level="note", since_0="2026-01-01", since_1="12:00"),
        "delete an announcement": deleted(of["chat_announcement"]),
        "switch a model off": added("chat_withdrawnmodel", name="a new one", reason=""),
        "switch a model on": deleted(of["chat_withdrawnmodel"]),
        "make a retention rule": added("chat_retentionrule", kind="guest", days=30, is_active="on"),
        "change a retention rule": changed(of["chat_retentionrule"], kind="ordinary", days=30, is_active="on"),
        "delete a retention rule": deleted(of["chat_retentionrule"]),
    }


def people(scene: Scene) -> dict[str, Call]:
    owner: User = scene.examples["chat_user"]
    password = {"usable_password": "true", "password1": "another secret", "password2": "another secret"}

    def as_it_is(**changes: Any) -> Call:
        joined = timezone.localtime(owner.date_joined)
        when = {"date_joined_0": f"{joined:%Y-%m-%d}", "date_joined_1": f"{joined:%H:%M:%S.%f}"}
        return changed(
            owner, **{"username": owner.username, "email": owner.email, "is_active": "on", **when, **changes}
        )

    return {
        "rename a person": as_it_is(first_name="Olga"),
        "give a person an e-mail address": as_it_is(email="mine@example.org"),
        "give a person a role": as_it_is(is_staff="on", groups=[scene.examples["auth_group"].pk]),
        "set a person's password": (
            reverse("admin:auth_user_password_change", args=[owner.pk]),
            {**password, "set-password": "1"},
        ),
        "verify a person's e-mail address": chosen("account_emailaddress", "make_verified", scene.address),
        "suspend": chosen("chat_user", "suspend", owner, reason="Rude."),
        "suspend a member of the staff": chosen("chat_user", "suspend", scene.staff, reason="Rude."),
        "let in again": chosen("chat_user", "let_in_again", scene.suspended),
        "delete a person": deleted(owner),
        "delete chosen people": chosen("chat_user", "delete_selected", owner, post="yes"),
        "make a group": added("auth_group", name="New"),
    }


# The tests


def everything() -> dict[str, list[Any]]:
    """Return all there is, but for the read log, which grows by itself."""
    models = [*apps.get_app_config("chat").get_models(include_auto_created=True), Group, EmailAddress]
    return {each.__name__: list(each._base_manager.order_by("pk").values_list()) for each in models if each != Opening}


def done(client: Client, call: Call, before: dict[str, list[Any]]) -> str:
    """Do it, and then have it undone; return the status, with a star where something was changed."""
    cookies = client.cookies.output()
    with transaction.atomic():
        status = client.post(*call).status_code
        is_changed = everything() != before
        transaction.set_rollback(True)
    client.cookies = SimpleCookie(cookies.replace("Set-Cookie: ", ""))  # a new session is undone as well
    return f"{status}{'*' * is_changed}"


@pytest.mark.parametrize("role", ROLES)
def test_every_deed_is_done_by_those_who_may_and_by_nobody_else(
    role: str, examples: dict[str, Any], other: User
) -> None:
    somebody = person(role)
    client = signed_in(somebody) if somebody else Client()
    scene = scene_of(somebody or User.objects.create_user("not here"), examples, other)
    there = calls(scene)
    assert sorted(there) == sorted(DEEDS)
    expected = {name: answers.split()[ROLES.index(role)] for name, answers in DEEDS.items()}
    before = everything()
    answered = {name: done(client, call, before) for name, call in there.items()}
    wrong = [
        f"{name}: {answered[name]}, expected {expected[name]}" for name in DEEDS if answered[name] != expected[name]
    ]
    assert not wrong, f"{role}:\n" + "\n".join(wrong)
