"""People of every role there is, from who may everything to nobody, each with a client; and what they look at: one of
each kind."""

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from django.contrib.auth.models import Group
from django.db.models import Model
from django.test import Client
from django.utils import timezone

from chat.models import (
    Announcement,
    Change,
    Correction,
    Criterion,
    Ending,
    Feedback,
    Flag,
    Generation,
    LegalHold,
    Note,
    Opening,
    Persona,
    Quota,
    RetentionRule,
    Rubric,
    Sample,
    SavedView,
    Turn,
    User,
    Verdict,
    WithdrawnModel,
)
from chat.models.chunk import Row
from chat.models.generation import State
from chat.models.rubric import Subject
from chat.roles import ROLES as GROUPS
from chat.roles import make_roles
from tests.conftest import signed_in

ROLES = [*GROUPS, "staff", "superuser", "user", "guest", "nobody"]


def staff(name: str, *roles: str) -> User:
    """Make somebody on the staff, of these roles."""
    make_roles()
    somebody = User.objects.create_user(name, is_staff=True)
    somebody.groups.set(Group.objects.filter(name__in=roles))
    return somebody


def person(role: str) -> User | None:
    """Make somebody of this role; None is nobody."""
    if role in GROUPS:
        return staff(role.lower(), role)
    if role == "superuser":
        return User.objects.create_superuser("superuser")
    if role == "guest":
        return User.objects.for_guest("guest-of-a-test")
    return User.objects.create_user(role, is_staff=role == "staff") if role != "nobody" else None


def client_of(role: str) -> Client:
    somebody = person(role)
    return signed_in(somebody) if somebody else Client()


def one_of_each(turn: Turn, other: User) -> dict[str, Model]:
    """Return one of each kind: a chat whose answer is complete, and what others than those who ask said of it."""
    finish(turn)
    conversation, answer = turn.question.conversation, turn.answer
    app = SocialApp.objects.create(provider="openid_connect", name="An app", client_id="an app")
    account = SocialAccount.objects.create(user=other, provider="openid_connect", uid="other")
    Opening.objects.record(other, [conversation], Opening.Kind.PAGE)
    rubric = Rubric.objects.create(name="How good", subject=Subject.ANSWER)
    Criterion.objects.create(rubric=rubric, name="How true", kind=Criterion.Kind.SCORE, lowest=1, highest=5)
    today = timezone.localdate()
    sample = Sample(name="A sample", per=Sample.Per.DAY, size=1, since=today, until=today, drawn_by=other)
    Sample.objects.draw(sample)
    return {
        "chat_conversation": conversation,
        "chat_message": answer,
        "chat_generation": turn.generation,
        "chat_feedback": Feedback.objects.create(message=answer, value=Feedback.Value.BAD, comment="Not so."),
        "chat_verdict": Verdict.objects.give(other, conversation, None, rubric, Verdict.Overall.BAD, "Too short."),
        "chat_note": Note.objects.leave(other, conversation, answer, "Look here."),
        "chat_flag": Flag.objects.all().put_up(other, conversation, answer, "Look again."),
        "chat_correction": Correction.objects.write(other, answer, "Because of scattering."),
        "chat_change": Change.objects.get(of=Change.Of.NOTE),
        "chat_rubric": rubric,
        "chat_sample": sample,
        "chat_savedview": SavedView.objects.create(owner=other, name="Bad ones", query="feedback=bad", is_shared=True),
        "chat_opening": Opening.objects.get(),
        "chat_legalhold": LegalHold.objects.lay(other, "A case", user=User.objects.create_user("held")),
        "chat_quota": Quota.objects.create(audience=Quota.Audience.GUESTS, messages=5),
        "chat_announcement": Announcement.objects.create(text="Closed on Sunday."),
        "chat_withdrawnmodel": WithdrawnModel.objects.create(name="an old one"),
        "chat_retentionrule": RetentionRule.objects.create(kind="ordinary", days=365),
        "chat_persona": Persona.objects.create(name="Poet", prompt="Rhyme."),
        "chat_user": conversation.user,
        "auth_group": Group.objects.create(name="A group"),
        "account_emailaddress": EmailAddress.objects.create(user=other, email="other@example.org"),
        "mfa_authenticator": Authenticator.objects.create(user=other, type="totp", data={}),
        "socialaccount_socialapp": app,
        "socialaccount_socialaccount": account,
        "socialaccount_socialtoken": SocialToken.objects.create(app=app, account=account, token="a token"),
    }


def finish(turn: Turn) -> None:
    """End the answer, with a timeline."""
    claim = turn.generation.claim_for("a test")
    assert claim is not None
    rows = [Row(turn.answer.pk, claim, "text", 0, "Because.", 10)]
    assert Generation.objects.finish(claim, rows, Ending(State.COMPLETE, completion_tokens=7))
