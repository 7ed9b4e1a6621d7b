"""Who may what in the admin: every page and every action, for every role.

A page that is new fails here until it has a line below: the failure shows the line that would say what it does now.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model
from django.test import Client, RequestFactory
from django.urls import URLPattern, URLResolver, reverse
from django.views.generic import RedirectView

from chat import urls
from chat.models import (
    Conversation,
    Correction,
    Feedback,
    Flag,
    LegalHold,
    Message,
    Note,
    Turn,
    User,
    Verdict,
)
from tests.roles import ROLES, client_of, one_of_each, person

pytestmark = pytest.mark.django_db

# 200 shown · 403 refused · 302 sent to sign in (or elsewhere) · 404 not there · 405 another method is wanted.
# A page is asked for with GET; where a form is on it, an empty one is sent with POST, which is refused (403), or shown
# again with what is missing (200). What is done with a form that is filled in is in test_deeds.py.

TEAM___ = "200 200 403 403 200 302 302 302"  # who review
LEADS__ = "403 200 403 403 200 302 302 302"
OPERATE = "403 403 200 403 200 302 302 302"
ROOT___ = "403 403 403 403 200 302 302 302"
NOBODY_ = "403 403 403 403 403 302 302 302"
STAFF__ = "200 200 200 200 200 302 302 302"
DEED___ = "302 302 403 403 302 302 302 302"  # of those who review, and done with POST; GET leads to the page
TURN___ = "405 405 405 405 405 302 302 302"  # so too; whoever asks with GET is told so first
STREAM_ = "200 200 404 404 200 404 404 404"  # never a redirect, which an EventSource would follow
STREAMS = ("chat:staff_stream", "chat:replay")  # asked for in a test of their own: they let their connection go

FORMS = [("", "changelist"), ("", "add"), ("", "change"), ("POST ", "change"), ("", "delete"), ("", "history")]


def alike(models: list[str], *expected: str) -> dict[str, str]:
    """Return the lines of kinds whose pages answer alike, in the order of FORMS."""
    lines = zip(FORMS, expected, strict=True)
    return {f"{method}{model}_{page}": answers for (method, page), answers in lines for model in models}


PAGES = {
    #                      Rev Lead Op staff super user guest nobody
    "index": STAFF__,  # with the figures, for those who see them
    "login": "302 302 302 302 302 302 302 302",  # to the admin, or to the one way in
    "logout": "405 405 405 405 405 302 302 302",
    "password_change": STAFF__,
    "password_change_done": STAFF__,
    "autocomplete": "403 403 403 403 403 302 302 302",
    "jsi18n": STAFF__,
    "view_on_site": "302 302 302 302 302 302 302 302",
    "app_list": "200 200 200 404 200 302 302 302",
    # Conversations, and what they are made of
    "chat_conversation_changelist": TEAM___,
    "chat_conversation_add": NOBODY_,
    "chat_conversation_change": TEAM___,
    "POST chat_conversation_change": NOBODY_,
    "chat_conversation_delete": ROOT___,
    "chat_conversation_history": TEAM___,
    "chat_message_changelist": TEAM___,
    "chat_message_add": NOBODY_,
    "chat_message_change": TEAM___,
    "POST chat_message_change": NOBODY_,
    "chat_message_delete": NOBODY_,
    "chat_message_history": TEAM___,
    "chat_generation_changelist": TEAM___,
    "chat_generation_add": NOBODY_,
    "chat_generation_change": TEAM___,
    "POST chat_generation_change": NOBODY_,
    "chat_generation_delete": NOBODY_,
    "chat_generation_history": TEAM___,
    "chat_conversation_reason": "302 302 403 403 302 302 302 302",  # to the page
    **dict.fromkeys(STREAMS, STREAM_),
    "chat:export_for_learning": LEADS__,
    # Whose turn it is
    **{f"chat_conversation_{deed}": TURN___ for deed in ("next", "claim", "release", "skip", "unskip", "extend")},
    # What is said of them
    **{
        f"chat_conversation_{deed}": DEED___
        for deed in (
            *("judge", "withdraw", "decide", "undecide"),
            *("note", "edit_note", "remove_note", "seen"),
            *("flag", "take_down", "correct", "remove_correction"),
        )
    },
    **alike(
        ["chat_feedback", "chat_note", "chat_flag", "chat_change"],
        TEAM___,
        NOBODY_,
        TEAM___,
        NOBODY_,
        NOBODY_,
        TEAM___,
    ),
    "chat_note_mentions": TEAM___,
    "chat_verdict_agreement": TEAM___,
    # The example is another's verdict, or correction: who doesn't decide finds only their own (302: not there)
    **alike(
        ["chat_verdict", "chat_correction"],
        TEAM___,
        NOBODY_,
        "302 200 403 403 200 302 302 302",
        NOBODY_,
        NOBODY_,
        "302 200 302 302 200 302 302 302",
    ),
    # What they are judged by and found by
    **alike(["chat_rubric"], TEAM___, LEADS__, TEAM___, LEADS__, LEADS__, TEAM___),
    **alike(["chat_sample"], TEAM___, LEADS__, TEAM___, NOBODY_, LEADS__, TEAM___),
    **alike(["chat_savedview"], TEAM___, TEAM___, TEAM___, NOBODY_, NOBODY_, TEAM___),  # one that another shares
    # The read log and legal holds
    "chat_opening_changelist": LEADS__,
    "chat_opening_add": NOBODY_,
    "chat_opening_change": LEADS__,
    "POST chat_opening_change": NOBODY_,
    "chat_opening_delete": NOBODY_,
    "chat_opening_history": LEADS__,
    "chat_legalhold_changelist": LEADS__,
    "chat_legalhold_add": LEADS__,
    "chat_legalhold_change": LEADS__,
    "POST chat_legalhold_change": "403 302 403 403 302 302 302 302",
    "chat_legalhold_delete": NOBODY_,
    "chat_legalhold_history": LEADS__,
    # What runs the site
    **alike(
        ["chat_quota", "chat_announcement", "chat_withdrawnmodel", "chat_retentionrule"],
        *[OPERATE] * len(FORMS),
    ),
    "chat_persona_changelist": TEAM___.replace("403", "200", 1),
    "chat_persona_add": OPERATE,
    "chat_persona_change": TEAM___.replace("403", "200", 1),
    "POST chat_persona_change": OPERATE,
    "chat_persona_delete": OPERATE,
    "chat_persona_history": TEAM___.replace("403", "200", 1),
    # People
    "chat_user_changelist": OPERATE,
    "chat_user_add": ROOT___,
    "chat_user_change": OPERATE,
    "POST chat_user_change": OPERATE.replace("200", "302", 1),  # nothing of a person is an operator's to change
    "chat_user_delete": ROOT___,
    "chat_user_history": OPERATE,
    "auth_user_password_change": ROOT___,
    "POST auth_user_password_change": ROOT___,
    **alike(
        [
            "auth_group",
            "account_emailaddress",
            "mfa_authenticator",
            "socialaccount_socialapp",
            "socialaccount_socialtoken",
            "socialaccount_socialaccount",
        ],
        *[ROOT___] * len(FORMS),
    ),
}

# Which actions a list offers, and to whom; a list that isn't here offers none.

ACTIONS = {
    "chat_conversation": {"delete_selected": "superuser", "export_selected": "Lead superuser"},
    "chat_rubric": {"delete_selected": "Lead superuser"},
    "chat_sample": {"delete_selected": "Lead superuser"},
    "chat_savedview": {"delete_selected": "Reviewer Lead superuser"},
    "chat_quota": {"delete_selected": "Operator superuser"},
    "chat_announcement": {"delete_selected": "Operator superuser"},
    "chat_withdrawnmodel": {"delete_selected": "Operator superuser"},
    "chat_legalhold": {"release_selected": "Lead superuser"},
    "chat_retentionrule": {"delete_selected": "Operator superuser"},
    "chat_persona": {"delete_selected": "Operator superuser"},
    "chat_user": {
        "delete_selected": "superuser",
        "suspend": "Operator superuser",
        "let_in_again": "Operator superuser",
    },
    "auth_group": {"delete_selected": "superuser"},
    "account_emailaddress": {"delete_selected": "superuser", "make_verified": "superuser"},
    "mfa_authenticator": {"delete_selected": "superuser"},
    "socialaccount_socialapp": {"delete_selected": "superuser"},
    "socialaccount_socialtoken": {"delete_selected": "superuser"},
    "socialaccount_socialaccount": {"delete_selected": "superuser"},
}

# One of each kind, whose pages are asked for


@pytest.fixture
def examples(turn: Turn, other: User) -> dict[str, Model]:
    return one_of_each(turn, other)


# Every page there is


def model_name(model: type[Model]) -> str:
    return f"{model._meta.app_label}_{model._meta.model_name}"


def registered() -> dict[str, "admin.ModelAdmin[Any]"]:
    return {model_name(model): page for model, page in admin.site._registry.items()}


def pages() -> Iterator[tuple[str, str, URLPattern]]:
    """Yield each page's full name, its model's name ("" for the site's own), and its pattern."""
    for pattern in admin.site.get_urls():
        if isinstance(pattern, URLPattern) and pattern.name:
            yield f"admin:{pattern.name}", "", pattern
    for name, model_admin in registered().items():
        for pattern in model_admin.get_urls():
            assert isinstance(pattern, URLPattern), f"{name}: a resolver below the admin: teach this test about it."
            is_djangos = getattr(pattern.callback, "view_class", None) is RedirectView  # of addresses of long ago
            assert pattern.name or is_djangos, f"{name}: the page {pattern.pattern} needs a name."
            if pattern.name:
                yield f"admin:{pattern.name}", name, pattern
    for each in urls.urlpatterns:
        assert not isinstance(each, URLResolver)
        if str(each.pattern).startswith("admin/"):
            yield f"chat:{each.name}", "", each


# What a deed at a conversation is about, by the name of its page
SAID = {
    "_withdraw": "verdict",
    "_decide": "verdict",
    "_undecide": "verdict",
    "_edit_note": "note",
    "_remove_note": "note",
    "_seen": "note",
    "_take_down": "flag",
    "_remove_correction": "correction",
}


def address(name: str, model: str, pattern: URLPattern, examples: dict[str, Model]) -> str:
    """Return where the page of the example is."""
    names = list(pattern.pattern.regex.groupindex)
    conversation = examples["chat_conversation"]
    assert isinstance(conversation, Conversation)
    known: dict[str, Any] = {
        "app_label": "chat",
        "content_type_id": ContentType.objects.get_for_model(Conversation).pk,
        "conversation_id": conversation.pk,
        "generation_id": examples["chat_generation"].pk,
        "message_id": examples["chat_message"].pk,
        "user_id": examples["chat_user"].pk,
    }
    own = examples[model].pk if model else conversation.pk
    said = {about: examples[f"chat_{kind}"].pk for about, kind in SAID.items() if name.endswith(about)}
    known |= {"object_id": own, "id": own, "pk": next(iter(said.values()), own)}
    unknown = [each for each in names if each not in known]
    assert not unknown, f"{name}: which {unknown[0]} is meant? Say it in address() of tests/views/test_roles.py."
    return reverse(name, kwargs={each: known[each] for each in names})


def asked(examples: dict[str, Model]) -> dict[str, tuple[str, str]]:
    """Return what is asked for: by the names in PAGES, the method and the address."""
    found = {}
    for full, model, pattern in pages():
        name = full.removeprefix("admin:")
        found[name] = ("get", address(full, model, pattern, examples))
        if name.endswith("_change") and model:
            found[f"POST {name}"] = ("post", found[name][1])
    return found


def status(client: Client, method: str, path: str) -> str:
    return str(getattr(client, method)(path).status_code)


# The tests


def test_every_kind_that_is_registered_has_an_example(examples: dict[str, Model]) -> None:
    missing = sorted(set(registered()) - set(examples))
    assert not missing, f"Give an example of {', '.join(missing)} in examples() of tests/views/test_roles.py."


def test_every_page_of_the_admin_has_a_line_in_the_table_and_no_line_is_left_over(examples: dict[str, Model]) -> None:
    there = asked({**dict.fromkeys(registered(), examples["chat_user"]), **examples})
    missing = {name: there[name] for name in there if name not in PAGES}
    if missing:
        clients = [client_of(role) for role in ROLES]
        lines = [
            f'    "{name}": "{" ".join(status(client, *call) for client in clients)}",'
            for name, call in missing.items()
        ]
        pytest.fail(
            "These pages have no line in PAGES of tests/views/test_roles.py. They answer now, if that is right:\n"
            f"    # {' '.join(ROLES)}\n" + "\n".join(lines)
        )
    assert sorted(PAGES) == sorted(there)


@pytest.mark.parametrize("role", ROLES)
def test_every_page_answers_each_role_as_the_table_says(role: str, examples: dict[str, Model]) -> None:
    wrong = misanswered(role, {name: call for name, call in asked(examples).items() if name not in STREAMS})
    assert not wrong, f"{role}:\n" + "\n".join(wrong)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("role", ROLES)
def test_so_does_every_stream(role: str, examples: dict[str, Model]) -> None:
    there = asked(examples)
    wrong = misanswered(role, {name: there[name] for name in STREAMS})
    assert not wrong, f"{role}:\n" + "\n".join(wrong)


def misanswered(role: str, calls: dict[str, tuple[str, str]]) -> list[str]:
    client, column = client_of(role), ROLES.index(role)
    wrong = []
    for name, call in calls.items():
        answered, expected = status(client, *call), PAGES.get(name, "? " * len(ROLES)).split()[column]
        if answered != expected:
            wrong.append(f"{name}: {answered}, expected {expected}")
    return wrong


@pytest.mark.parametrize("role", ["Operator", "staff"])
def test_no_page_shows_those_who_do_not_review_what_somebody_wrote(role: str, examples: dict[str, Model]) -> None:
    client, conversation = client_of(role), examples["chat_conversation"]
    assert isinstance(conversation, Conversation)
    conversation.rename("The Zanzibar question")
    Message.objects.filter(conversation=conversation).update(text="All about Zanzibar", reasoning="Zanzibar")
    for said in (Feedback, Verdict):
        said.objects.update(comment="Zanzibar")
    for written in (Note, Correction):
        written.objects.update(text="Zanzibar")
    Flag.objects.update(reason="Zanzibar")
    LegalHold.objects.lay(examples["chat_user"], "Another case", conversation=conversation)  # type: ignore[arg-type]
    root = client_of("superuser")
    assert "Zanzibar" in root.get(asked(examples)["chat_conversation_change"][1]).content.decode()
    told = [
        name
        for name, call in asked(examples).items()
        if name not in STREAMS and "Zanzibar" in getattr(client, call[0])(call[1]).content.decode()
    ]
    assert not told


@pytest.mark.parametrize("role", ["Reviewer", "Lead", "Operator", "staff", "superuser"])
def test_every_list_offers_each_role_the_actions_that_the_table_says(role: str) -> None:
    request = RequestFactory().get("/admin/")
    somebody = person(role)
    assert somebody
    request.user = somebody
    wrong = []
    for name, model_admin in registered().items():
        offered = set(model_admin.get_actions(request))
        expected = {action for action, roles in ACTIONS.get(name, {}).items() if role in roles.split()}
        if model_admin.has_view_or_change_permission(request) and offered != expected:
            wrong.append(
                f"{name}: {sorted(offered)}, expected {sorted(expected)} (ACTIONS in tests/views/test_roles.py)"
            )
    assert not wrong, f"{role}:\n" + "\n".join(wrong)


@pytest.mark.parametrize("role", ["Reviewer", "Lead", "Operator", "staff", "superuser"])
def test_the_first_page_lists_what_one_may_open_and_nothing_else(role: str) -> None:
    context = client_of(role).get(reverse("admin:index")).context
    listed = {model_name(each["model"]) for app in context["app_list"] for each in app["models"]}
    column = ROLES.index(role)
    assert listed == {name for name in registered() if PAGES[f"{name}_changelist"].split()[column] == "200"}
