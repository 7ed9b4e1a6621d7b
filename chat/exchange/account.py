"""Everything about a person as one ZIP: all conversations, and account.json with what else is kept about them."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.utils import timezone

from chat.exchange.archive import Archive
from chat.models import Feedback, Opening, Share, User


class AccountArchive(Archive):
    """Their conversations come first, then the rest; what is long is written row by row."""

    def _finish(self) -> None:
        with self._zip.open("account.json", timezone.now()) as file:
            for piece in written(self._user):
                file.write(piece.encode())
        super()._finish()


def written(user: User) -> Iterator[str]:
    """Yield one JSON object, a little at a time."""
    yield '{"profile": ' + _json(profile(user))
    for name, values in _lists(user).items():
        yield f',\n"{name}": ['
        comma = "\n"
        for each in values:
            yield comma + _json(each)
            comma = ",\n"
        yield "]"
    yield "}\n"


def profile(user: User) -> dict[str, Any]:
    return {
        "username": user.username,
        "email": user.email,
        "first_name": user.first_name,
        "last_name": user.last_name,
        "is_guest": user.is_guest,
        "is_staff": user.is_staff,
        "joined": moment(user.date_joined),
        "last_login": moment(user.last_login),
        "allows_review": user.allows_review,
        "suspended": moment(user.suspended),
        "suspended_for": user.suspended_for,
    }


def _lists(user: User) -> dict[str, Iterator[dict[str, Any]]]:
    lists = {
        "email_addresses": _addresses(user),
        "single_sign_on": _accounts_elsewhere(user),
        "personas": _personas(user),
        "feedback": _feedback(user),
        "shares": _shares(user),
        "use": _use(user),
    }
    if settings.CHAT_READ_LOG_SHOWN:
        lists["read_by_staff"] = _openings(user)
    return lists


def _addresses(user: User) -> Iterator[dict[str, Any]]:
    for address in EmailAddress.objects.filter(user=user).order_by("pk"):
        yield {"email": address.email, "is_verified": address.verified, "is_primary": address.primary}


def _accounts_elsewhere(user: User) -> Iterator[dict[str, Any]]:
    """Yield by which accounts of other sites they sign in, and what those have said of them."""
    for account in SocialAccount.objects.filter(user=user).order_by("pk"):
        yield {
            "provider": account.provider,
            "id": account.uid,
            "told": account.extra_data,
            "joined": moment(account.date_joined),
            "last_login": moment(account.last_login),
        }


def _use(user: User) -> Iterator[dict[str, Any]]:
    for each in user.daily_use.order_by("day").iterator():
        yield {"day": each.day.isoformat(), "messages": each.messages, "tokens": each.tokens, "cost": str(each.cost)}


def _personas(user: User) -> Iterator[dict[str, Any]]:
    for persona in user.personas.order_by("name").iterator():
        yield {"name": persona.name, "prompt": persona.prompt}


def _feedback(user: User) -> Iterator[dict[str, Any]]:
    own = Feedback.objects.filter(message__conversation__user=user, message__conversation__deleted=None)
    for each in own.order_by("created", "pk").select_related("message").only(
        "value", "reasons", "comment", "created", "updated", "message__conversation_id"
    ).iterator(chunk_size=500):  # fmt: skip
        yield {
            "conversation": str(each.message.conversation_id),
            "message": str(each.message_id),
            "value": each.value,
            "reasons": each.reasons,
            "comment": each.comment,
            "created": moment(each.created),
            "updated": moment(each.updated),
        }


def _shares(user: User) -> Iterator[dict[str, Any]]:
    for share in Share.objects.of(user).order_by("created", "pk").defer("content").iterator(chunk_size=500):
        yield {
            "conversation": str(share.conversation_id),
            "title": share.title,
            "address": share.get_absolute_url(),
            "created": moment(share.created),
        }


def _openings(user: User) -> Iterator[dict[str, Any]]:
    for opening in Opening.objects.filter(owner=user).order_by("when", "pk").iterator(chunk_size=500):
        yield {
            "conversation": str(opening.conversation_id),
            "message": None if opening.message_id is None else str(opening.message_id),
            "by": opening.reader_name,
            "what": opening.kind,
            "reason": opening.reason,
            "when": moment(opening.when),
        }


def moment(when: datetime | None) -> str | None:
    return when.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z") if when else None


def _json(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False)
