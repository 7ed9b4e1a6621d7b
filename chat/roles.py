"""The three roles of staff, as groups: who reads and judges, who leads them, and who runs the site.

A migration makes them. An installation may change them in the admin afterwards: nothing here does it again.
"""

from django.contrib.auth.models import Group, Permission
from django.db.models import Q

ALL = ("view", "add", "change", "delete")

REVIEWER = {
    "conversation": ("view",),
    "message": ("view",),
    "generation": ("view", "view_figures"),
    "feedback": ("view",),
    "persona": ("view",),
    "rubric": ("view",),
    "criterion": ("view",),
    "verdict": ALL,
    "note": ALL,
    "flag": ("view", "add", "change"),
    "correction": ALL,
    "change": ("view",),
    "savedview": ALL,
    "sample": ("view",),
}
LEAD = {
    **REVIEWER,
    "conversation": ("view", "export_conversation"),
    "rubric": ALL,
    "criterion": ALL,
    "verdict": (*ALL, "decide_verdict"),
    "sample": ALL,
    "opening": ("view",),
    "legalhold": ("view", "add", "change"),
}
OPERATOR = {
    "generation": ("view_figures",),
    "user": ("view", "change", "suspend_user"),
    "persona": ALL,
    "quota": ALL,
    "announcement": ALL,
    "withdrawnmodel": ALL,
    "retentionrule": ALL,
}
ROLES = {"Reviewer": REVIEWER, "Lead": LEAD, "Operator": OPERATOR}


def make_roles() -> None:
    """Make the groups, with their permissions; a group of that name that is there already is left as it is."""
    for name, powers in ROLES.items():
        group, is_new = Group.objects.get_or_create(name=name)
        if is_new:
            group.permissions.set(permissions(powers))


def permissions(powers: dict[str, tuple[str, ...]]) -> list[Permission]:
    """Return the permissions that these are: of a model by its name, the standard ones in short."""
    wanted = Q(pk=None)
    for model, names in powers.items():
        codenames = [f"{name}_{model}" if name in ALL else name for name in names]
        wanted |= Q(content_type__model=model, codename__in=codenames)
    return list(Permission.objects.filter(wanted, content_type__app_label="chat"))
