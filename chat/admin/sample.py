"""Samples: leads have conversations drawn by chance, and everybody reviews them."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Count, Exists, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponseRedirect
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views.decorators.csrf import csrf_protect

from chat.admin.filters import me
from chat.admin.names import PlainNamesMixin
from chat.models import Conversation, Sample

MOST = 500  # of a day, or a model
LONGEST = 366  # days


class SampleForm(forms.ModelForm):  # type: ignore[type-arg]
    size = forms.IntegerField(min_value=1, max_value=MOST, label="How many", help_text="Chats of each day, or model.")

    class Meta:
        model = Sample
        fields = ["name", "size", "per", "since", "until"]

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        since, until = values.get("since"), values.get("until")
        if since and until and since > until:
            self.add_error("until", "It ends before it begins.")
        elif since and until and until - since >= timedelta(days=LONGEST):
            self.add_error("until", f"That is more than {LONGEST} days. Draw several samples.")
        for name, day in (("since", since), ("until", until)):
            if day and not 2000 <= day.year <= date.max.year - 1:
                self.add_error(name, "Nobody chatted here then.")
        return values


@admin.register(Sample)
class SampleAdmin(PlainNamesMixin):
    """Drawn when it is saved, and not changed afterwards: it would be another one."""

    form = SampleForm
    list_display = ["name", "how_many", "since", "until", "chats", "drawn_by", "drawn"]
    list_select_related = ["drawn_by"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Sample]:
        samples: QuerySet[Sample] = super().get_queryset(request)
        is_listed = Exists(Conversation.objects.reviewable().filter(pk=OuterRef("conversations")))
        return samples.annotate(count=Count("conversations", filter=is_listed))  # as many as its link shows

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        return [*SampleForm.Meta.fields, *(["chats", "drawn_by", "drawn"] if obj else [])]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["chats", "drawn_by", "drawn"] if obj else []

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @method_decorator(csrf_protect)
    def changeform_view(self, request: HttpRequest, object_id: str | None = None, *args: Any, **kwargs: Any) -> Any:
        """Draw outside of a transaction, which the admin would begin here: Sample.objects.draw() has a short one."""
        return self._changeform_view(request, object_id, *(args or ("", None)), **kwargs)  # type: ignore[attr-defined]

    def save_model(self, request: HttpRequest, obj: Sample, form: Any, change: bool) -> None:
        obj.drawn_by = me(request)
        count = Sample.objects.draw(obj)
        if not count:
            messages.warning(request, "No chats were there to be drawn.")

    def response_post_save_add(self, request: HttpRequest, obj: Sample) -> HttpResponseRedirect:
        return HttpResponseRedirect(address(obj))

    @admin.display(description="how many")
    def how_many(self, sample: Sample) -> str:
        return f"{sample.size} {sample.get_per_display()}"

    @admin.display(description="chats")
    def chats(self, sample: Sample) -> SafeString:
        return format_html('<a href="{}">{}</a>', address(sample), sample.count)  # type: ignore[attr-defined]


def address(sample: Sample) -> str:
    return f"{reverse('admin:chat_conversation_changelist')}?sample={sample.pk}"
