"""People of every role there is, from who may everything to nobody, each with a client."""

from django.contrib.auth.models import Group
from django.test import Client

from chat.models import User
from chat.roles import ROLES, make_roles
from tests.conftest import signed_in


def person(role: str) -> User | None:
    """Make somebody of this role; None is nobody."""
    if role in ROLES:
        make_roles()
        somebody = User.objects.create_user(role.lower(), is_staff=True)
        somebody.groups.add(Group.objects.get(name=role))
        return somebody
    if role == "superuser":
        return User.objects.create_superuser("superuser")
    if role == "guest":
        return User.objects.for_guest("guest-of-a-test")
    return User.objects.create_user(role, is_staff=role == "staff") if role != "nobody" else None


def client_of(role: str) -> Client:
    somebody = person(role)
    return signed_in(somebody) if somebody else Client()
