"""Saved views of the review list: filters under a name, kept in the admin like anything else."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseRedirect, QueryDict
from django.urls import reverse
from django.utils.http import urlencode

from chat.admin.filters import me, unknown_in
from chat.models import SavedView

OF_THE_PAGE = ("p", "e", "all", "o", "_popup", "_changelist_filters")
BUILT_IN = {
    "Waiting": "review=unreviewed",
    "Bad answers": "feedback=bad",
    "Failures": "ending=broken",
    "Flagged": "flagged=yes",
    "Mine": "review=mine",
}


@dataclass(frozen=True)
class Offered:
    name: str
    query: str
    is_current: bool
    shared_by: str = ""
    edit: str = ""  # where its owner changes it

    @property
    def url(self) -> str:
        return f"{reverse('admin:chat_conversation_changelist')}?{self.query}"


def saved_query(query: str) -> str:
    """Return the filters of a list's address, always in one order, without what is of a page of it."""
    filters = QueryDict(query.strip().lstrip("?"))
    return urlencode(sorted((key, values) for key, values in filters.lists() if key not in OF_THE_PAGE), doseq=True)


def offered_views(request: HttpRequest) -> list[Offered]:
    """Return those that everybody has, one's own, and what others share."""
    here, user = saved_query(request.GET.urlencode()), me(request)
    views = [Offered(name, query, query == here) for name, query in BUILT_IN.items()]
    for view in SavedView.objects.open_to(user).select_related("owner"):
        is_mine = view.owner == user
        edit = reverse("admin:chat_savedview_change", args=[view.pk]) if is_mine else ""
        shared_by = "" if is_mine else view.owner.get_username()
        views.append(Offered(view.name, view.query, view.query == here, shared_by, edit))
    return views


class SavedViewForm(forms.ModelForm):  # type: ignore[type-arg]
    owner: Any

    class Meta:
        model = SavedView
        fields = ["name", "query", "is_shared"]
        labels = {"query": "Filters", "is_shared": "For all reviewers"}
        help_texts = {"query": "As they stand in the list's address."}
        widgets = {"query": forms.TextInput(attrs={"class": "vTextField"})}

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        others = SavedView.objects.filter(owner=self.owner, name=name).exclude(pk=self.instance.pk)
        if others.exists():
            raise forms.ValidationError("You have a view of this name already. Choose another one.")
        return name

    def clean_query(self) -> str:
        query = saved_query(self.cleaned_data["query"])
        request = HttpRequest()
        request.user, request.GET = self.owner, QueryDict(query)
        if unknown := unknown_in(request, request.GET):
            raise forms.ValidationError(unknown)
        return query


@admin.register(SavedView)
class SavedViewAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """One's own may be changed; what others share is looked at."""

    form = SavedViewForm
    list_display = ["name", "is_shared", "owner"]
    list_select_related = ["owner"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[SavedView]:
        return SavedView.objects.open_to(me(request))

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change, **kwargs)
        form.owner = me(request)  # type: ignore[attr-defined]
        return form

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and (obj is None or obj.owner == request.user)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and (obj is None or obj.owner == request.user)

    def save_model(self, request: HttpRequest, obj: SavedView, form: Any, change: bool) -> None:
        if not change:
            obj.owner = me(request)
        super().save_model(request, obj, form, change)

    def response_post_save_add(self, request: HttpRequest, obj: SavedView) -> HttpResponseRedirect:
        return HttpResponseRedirect(f"{reverse('admin:chat_conversation_changelist')}?{obj.query}")

    def response_post_save_change(self, request: HttpRequest, obj: SavedView) -> HttpResponseRedirect:
        return self.response_post_save_add(request, obj)
