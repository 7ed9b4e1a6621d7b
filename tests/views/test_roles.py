"""Who may what in the admin: every page and every action, for every role.

A page that is new fails here until it has a line below: the failure shows the line that would say what it does now.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from django.contrib import admin
from django.contrib.auth.models import Group
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model
from django.test import Client, RequestFactory
from django.urls import URLPattern, URLResolver, reverse
from django.views.generic import RedirectView

from chat import urls
from chat.models import Conversation, LegalHold, Message, Opening, Persona, RetentionRule, Turn, User
from tests.roles import client_of, person

pytestmark = pytest.mark.django_db

ROLES = ["Reviewer", "Lead", "Operator", "staff", "superuser", "user", "guest", "nobody"]

# 200 shown · 403 refused · 302 sent to sign in (or elsewhere) · 404 not there · 405 another method is wanted.
# A page is asked for with GET; where a form is on it, an empty one is sent with POST, which is refused (403), or shown
# again with what is missing (200).

TEAM___ = "200 200 403 403 200 302 302 302"  # who review
LEADS__ = "403 200 403 403 200 302 302 302"
OPERATE = "403 403 200 403 200 302 302 302"
ROOT___ = "403 403 403 403 200 302 302 302"
NOBODY_ = "403 403 403 403 403 302 302 302"
STAFF__ = "200 200 200 200 200 302 302 302"

PAGES = {
    #                      Rev Lead Op staff super user guest nobody
    "index": STAFF__,
    "login": "302 302 302 302 302 200 200 200",
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
    "chat_retentionrule_changelist": OPERATE,
    "chat_retentionrule_add": OPERATE,
    "chat_retentionrule_change": OPERATE,
    "POST chat_retentionrule_change": OPERATE,
    "chat_retentionrule_delete": OPERATE,
    "chat_retentionrule_history": OPERATE,
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
    "POST chat_user_change": OPERATE,
    "chat_user_delete": ROOT___,
    "chat_user_history": OPERATE,
    "auth_user_password_change": ROOT___,
    "POST auth_user_password_change": ROOT___,
    **{
        f"{method}{model}_{page}": ROOT___
        for model in (
            "auth_group",
            "account_emailaddress",
            "mfa_authenticator",
            "socialaccount_socialapp",
            "socialaccount_socialtoken",
            "socialaccount_socialaccount",
        )
        for method, page in (
            ("", "changelist"),
            ("", "add"),
            ("", "change"),
            ("POST ", "change"),
            ("", "delete"),
            ("", "history"),
        )
    },
}

# Which actions a list offers, and to whom; a list that isn't here offers none.

ACTIONS = {
    "chat_conversation": {"delete_selected": "superuser"},
    "chat_legalhold": {"release_selected": "Lead superuser"},
    "chat_retentionrule": {"delete_selected": "Operator superuser"},
    "chat_persona": {"delete_selected": "Operator superuser"},
    "chat_user": {"delete_selected": "superuser"},
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
    conversation = turn.question.conversation
    app = SocialApp.objects.create(provider="openid_connect", name="An app", client_id="an app")
    account = SocialAccount.objects.create(user=other, provider="openid_connect", uid="other")
    Opening.objects.record(other, [conversation], Opening.Kind.PAGE)
    return {
        "chat_conversation": conversation,
        "chat_message": turn.question,
        "chat_generation": turn.generation,
        "chat_opening": Opening.objects.get(),
        "chat_legalhold": LegalHold.objects.lay(other, "A case", user=User.objects.create_user("held")),
        "chat_retentionrule": RetentionRule.objects.create(kind="ordinary", days=365),
        "chat_persona": Persona.objects.create(name="Poet", prompt="Rhyme."),
        "chat_user": turn.question.conversation.user,
        "auth_group": Group.objects.create(name="A group"),
        "account_emailaddress": EmailAddress.objects.create(user=other, email="other@example.org"),
        "mfa_authenticator": Authenticator.objects.create(user=other, type="totp", data={}),
        "socialaccount_socialapp": app,
        "socialaccount_socialaccount": account,
        "socialaccount_socialtoken": SocialToken.objects.create(app=app, account=account, token="a token"),
    }


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
    known |= {"object_id": own, "id": own, "pk": own}
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
    client, column = client_of(role), ROLES.index(role)
    wrong = []
    for name, call in asked(examples).items():
        answered, expected = status(client, *call), PAGES.get(name, "? " * len(ROLES)).split()[column]
        if answered != expected:
            wrong.append(f"{name}: {answered}, expected {expected}")
    assert not wrong, f"{role}:\n" + "\n".join(wrong)


@pytest.mark.parametrize("role", ["Operator", "staff"])
def test_no_page_shows_those_who_do_not_review_what_somebody_wrote(role: str, examples: dict[str, Model]) -> None:
    client, conversation = client_of(role), examples["chat_conversation"]
    assert isinstance(conversation, Conversation)
    conversation.rename("The Zanzibar question")
    Message.objects.filter(conversation=conversation).update(text="All about Zanzibar", reasoning="Zanzibar")
    LegalHold.objects.lay(examples["chat_user"], "Another case", conversation=conversation)  # type: ignore[arg-type]
    root = client_of("superuser")
    assert "Zanzibar" in root.get(asked(examples)["chat_conversation_change"][1]).content.decode()
    told = [
        name
        for name, call in asked(examples).items()
        if "Zanzibar" in getattr(client, call[0])(call[1]).content.decode()
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
