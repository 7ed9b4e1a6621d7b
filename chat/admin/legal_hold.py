"""Legal holds: laid on a conversation or on somebody's, with a reason; released, and never deleted."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html

from chat.models import Conversation, LegalHold, User

NO_CONVERSATION = "There is no conversation of this id."
NO_PERSON = "There is nobody of this name."
ONE_OF_BOTH = "Say which conversation, or whose: one of the two."


class LegalHoldForm(forms.ModelForm):  # type: ignore[type-arg]
    """By id and by name: who lays a hold need not be shown what it is laid on."""

    conversation_id = forms.UUIDField(
        required=False, label="Conversation", help_text="Its id, as it stands in the address of its page."
    )
    username = forms.CharField(required=False, label="Or all chats of", help_text="A username.")

    class Meta:
        model = LegalHold
        fields = ["reason"]

    conversation: Conversation | None = None
    user: User | None = None

    def clean_conversation_id(self) -> UUID | None:
        pk: UUID | None = self.cleaned_data["conversation_id"]
        self.conversation = Conversation.objects.filter(pk=pk).first() if pk else None
        if pk and not self.conversation:
            raise forms.ValidationError(NO_CONVERSATION)
        return pk

    def clean_username(self) -> str:
        name: str = self.cleaned_data["username"]
        self.user = User.objects.filter(username=name).first() if name else None
        if name and not self.user:
            raise forms.ValidationError(NO_PERSON)
        return name

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if not self.errors and bool(self.conversation) == bool(self.user):
            raise forms.ValidationError(ONE_OF_BOTH)
        return values


class InForceFilter(admin.SimpleListFilter):
    title = "whether it holds"
    parameter_name = "in_force"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", "In force"), ("no", "Released")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[LegalHold]) -> QuerySet[LegalHold]:
        return queryset.filter(released__isnull=self.value() == "yes") if self.value() else queryset


@admin.register(LegalHold)
class LegalHoldAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    form = LegalHoldForm
    actions = ["release_selected"]
    date_hierarchy = "laid"
    list_display = ["reason", "on", "laid", "laid_by_whom", "released", "released_by_whom"]
    list_filter = [InForceFilter, "laid"]
    list_select_related = ["conversation", "user", "laid_by", "released_by"]
    search_fields = ["reason", "user__username", "laid_by__username"]
    change_form_template = "admin/chat/legalhold/hold.html"
    add_form_template = "admin/change_form.html"

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_fields(self, request: HttpRequest, obj: LegalHold | None = None) -> Any:
        if obj:
            return ["on", "reason", "laid", "laid_by_whom", "released", "released_by_whom"]
        return ["conversation_id", "username", "reason"]

    def get_readonly_fields(self, request: HttpRequest, obj: LegalHold | None = None) -> Any:
        return self.get_fields(request, obj) if obj else []

    def get_form(self, request: HttpRequest, obj: LegalHold | None = None, change: bool = False, **kwargs: Any) -> Any:
        if obj:  # nothing of it is changed: only released
            kwargs["form"] = forms.ModelForm
        return super().get_form(request, obj, change, **kwargs)

    def save_form(self, request: HttpRequest, form: Any, change: bool) -> LegalHold:
        """Lay it as a whole, with its line in the history."""
        if change:
            hold: LegalHold = form.instance
            return hold
        assert isinstance(request.user, User)
        return LegalHold.objects.lay(
            request.user, form.cleaned_data["reason"], conversation=form.conversation, user=form.user
        )

    def save_model(self, request: HttpRequest, obj: LegalHold, form: Any, change: bool) -> None:
        """It is laid already."""

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Nothing hangs on it."""

    def log_change(self, request: HttpRequest, obj: LegalHold, message: Any) -> Any:
        return super().log_change(request, obj, "Released." if "_release" in request.POST else message)

    def response_change(self, request: HttpRequest, obj: LegalHold) -> HttpResponse:
        assert isinstance(request.user, User)
        if "_release" in request.POST:
            if obj.release(request.user):
                self.message_user(request, f"The hold “{obj}” is released.")
            else:
                self.message_user(request, f"The hold “{obj}” was released before.", messages.WARNING)
        return HttpResponseRedirect(reverse("admin:chat_legalhold_change", args=[obj.pk]))

    @admin.action(description="Release selected legal holds", permissions=["change"])
    def release_selected(self, request: HttpRequest, holds: QuerySet[LegalHold]) -> None:
        assert isinstance(request.user, User)
        released = [hold for hold in holds if hold.release(request.user)]
        for hold in released:
            super().log_change(request, hold, "Released.")
        self.message_user(request, f"{len(released)} released.")

    @admin.display(description="laid by", ordering="laid_by__username")
    def laid_by_whom(self, hold: LegalHold) -> User | None:
        return hold.laid_by  # without a link to a page that leads may not see

    @admin.display(description="released by", ordering="released_by__username")
    def released_by_whom(self, hold: LegalHold) -> User | None:
        return hold.released_by

    @admin.display(description="on")
    def on(self, hold: LegalHold) -> str:
        if hold.user:
            return f"all chats of {hold.user.get_username()}"
        if not hold.conversation_id:
            return "what is gone"
        if not Conversation.objects.reviewable().filter(pk=hold.conversation_id).exists():
            return f"conversation {hold.conversation_id}"
        url = reverse("admin:chat_conversation_change", args=[hold.conversation_id])
        return format_html('<a href="{}">conversation {}</a>', url, hold.conversation_id)
