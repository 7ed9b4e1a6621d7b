"""Operators make the rules of retention, and see beside each what it would delete."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from chat.models import Conversation, LegalHold, RetentionRule, Turn, User
from tests.conftest import begin, stop_all
from tests.roles import client_of

pytestmark = pytest.mark.django_db

ADD = reverse("admin:chat_retentionrule_add")
LIST = reverse("admin:chat_retentionrule_changelist")


@pytest.fixture
def operating(db: None) -> Client:
    return client_of("Operator")


def test_a_rule_is_made_and_shows_what_a_dry_run_says(operating: Client, owner: User) -> None:
    for number in range(3):
        conversation = begin(owner, f"Secret {number}").question.conversation
    long_ago = timezone.now() - timedelta(days=31)
    Conversation.objects.update(updated=long_ago, stored=long_ago)
    for each in Conversation.objects.all():
        stop_all(each.generations.all())
    LegalHold.objects.lay(owner, "A case", conversation=conversation)
    made = operating.post(ADD, {"kind": "ordinary", "days": "30", "is_active": "on"}, follow=True)
    assert RetentionRule.objects.get().days == 30
    html = made.content.decode()
    assert '<td class="field-to_delete">2</td>' in html
    assert '<td class="field-held">1</td>' in html
    assert "Secret" not in html
    page = operating.get(reverse("admin:chat_retentionrule_change", args=[RetentionRule.objects.get().pk]))
    assert '<div class="readonly">2</div>' in page.content.decode()
    assert Conversation.objects.count() == 3


@pytest.mark.parametrize(
    ("kind", "days", "sentence"),
    [
        ("ordinary", "0", "Say at least one day."),
        ("ordinary", "36501", "Say at most 36,500 days"),
        ("ordinary", "1000000", "Say at most 36,500 days"),
        ("ordinary", "-1", "greater than or equal to 0"),
        ("temporary", "2", "a temporary chat is gone a day after its last message"),
        ("everything", "2", "is not one of the available choices"),
    ],
)
def test_a_rule_that_can_not_be_is_refused(operating: Client, kind: str, days: str, sentence: str) -> None:
    html = operating.post(ADD, {"kind": kind, "days": days}).content.decode()
    assert sentence in html
    assert f'value="{days}"' in html
    assert not RetentionRule.objects.exists()


def test_a_rule_of_a_thousand_years_from_before_is_shown_and_mended(operating: Client, turn: Turn) -> None:
    rule = RetentionRule.objects.create(kind="ordinary", days=1_000_000)
    assert '<td class="field-to_delete">0</td>' in operating.get(LIST).content.decode()
    page = reverse("admin:chat_retentionrule_change", args=[rule.pk])
    assert "1000000" in operating.get(page).content.decode()
    assert operating.post(page, {"kind": "ordinary", "days": "36500", "is_active": "on"}).status_code == 302
    rule.refresh_from_db()
    assert rule.days == 36_500
