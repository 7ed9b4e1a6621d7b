"""What reviewers say at a conversation: verdicts, notes, flags, corrections. Each is a form on its page that posts here
and leads back to where it was; one that is not right comes back with what was typed."""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Any, TypeVar
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ObjectDoesNotExist, PermissionDenied
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect, QueryDict
from django.urls import URLPattern, path, reverse
from django.utils import timezone

from chat.admin.judging_forms import CorrectionForm, FlagForm, NoteForm, VerdictForm
from chat.admin.reading import CHANGELIST
from chat.judgement import Judgement, history, judgements
from chat.models import Assignment, Conversation, Correction, Flag, Mention, Message, Note, Rubric, User, Verdict
from chat.models.rubric import Subject

SHOWN_CHANGES = 50
STILL_WRITTEN = "This answer is being written on. Read it to its end, then save your verdict."
POWERS = {
    "judge": "add_verdict",
    "decide": "decide_verdict",
    "note": "add_note",
    "flag": "add_flag",
    "take_down": "change_flag",
    "correct": "add_correction",
}

Thing = TypeVar("Thing", bound=models.Model)
Bound = tuple[str, UUID | None, forms.Form]  # a form that was not right, of what kind, and what it is about


class JudgingMixin(admin.ModelAdmin):  # type: ignore[type-arg]
    def get_urls(self) -> list[URLPattern]:
        deeds: dict[str, tuple[str, Callable[..., HttpResponse]]] = {
            "judge": ("verdict/", self.judge),
            "withdraw": ("verdict/<int:pk>/remove/", self.withdraw),
            "decide": ("verdict/<int:pk>/decide/", self.decide),
            "undecide": ("verdict/<int:pk>/undecide/", self.undecide),
            "note": ("note/", self.note),
            "edit_note": ("note/<int:pk>/", self.edit_note),
            "remove_note": ("note/<int:pk>/remove/", self.remove_note),
            "seen": ("note/<int:pk>/seen/", self.seen),
            "flag": ("flag/", self.flag),
            "take_down": ("flag/<int:pk>/take-down/", self.take_down),
            "correct": ("correction/", self.correct),
            "remove_correction": ("correction/<int:pk>/remove/", self.remove_correction),
        }
        ours = [
            path(
                f"<uuid:conversation_id>/{where}",
                self.admin_site.admin_view(partial(self.post, view)),
                name=PREFIX + name,
            )
            for name, (where, view) in deeds.items()
        ]
        return [*ours, *super().get_urls()]

    def post(
        self, view: Callable[..., HttpResponse], request: HttpRequest, conversation_id: UUID, **which: Any
    ) -> HttpResponse:
        """Have a view do its deed at a conversation that staff may read, if whoever asks may."""
        conversation = self.reviewable(request, str(conversation_id))  # type: ignore[attr-defined]
        if request.method in ("GET", "HEAD"):  # the address of a form that was not right, called again
            return HttpResponseRedirect(self._address(request, conversation))  # type: ignore[attr-defined]
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if isinstance(request.user, User):
            Assignment.objects.extend(request.user, conversation)
        try:
            asked = self.take_reason(request, conversation)  # type: ignore[attr-defined]
            return asked or view(request, conversation, **which)
        except ObjectDoesNotExist:  # deleted at this very moment
            raise Http404 from None

    # Verdicts

    def judge(self, request: HttpRequest, conversation: Conversation) -> HttpResponse:
        user = permitted(request, "add_verdict")
        message = answer_of(request, conversation)
        rubric = rubric_of(request, Subject.ANSWER if message else Subject.CONVERSATION)
        form = VerdictForm(request.POST, about=about(message), rubric=rubric)
        if message and message.is_active:  # it was continued while somebody looked at its page
            form.add_error("overall", STILL_WRITTEN)
        if not form.is_valid():
            return self._again(request, conversation, message, "verdict", form)
        said = form.cleaned_data
        found = said["overall"], said["comment"], form.answers
        Verdict.objects.give(user, conversation, message, rubric, *found, seen=said["drawn"])
        if message is None:
            Assignment.objects.release(user, conversation)  # it is reviewed, and waits for nobody
        return self._back(request, conversation, message, "Your verdict is kept.")

    def withdraw(self, request: HttpRequest, conversation: Conversation, pk: int) -> HttpResponse:
        user = permitted(request, "delete_verdict")
        verdict = own(found(conversation.verdicts.all(), pk), user, "reviewer_id")
        verdict.remove(user)
        return self._back(request, conversation, verdict.message, "Your verdict is removed.")

    def decide(self, request: HttpRequest, conversation: Conversation, pk: int) -> HttpResponse:
        user = permitted(request, "decide_verdict")
        verdict = found(conversation.verdicts.all(), pk)
        verdict.decide(user)
        return self._back(request, conversation, verdict.message, "This verdict counts now.")

    def undecide(self, request: HttpRequest, conversation: Conversation, pk: int) -> HttpResponse:
        user = permitted(request, "decide_verdict")
        verdict = found(conversation.verdicts.all(), pk)
        verdict.undecide(user)
        return self._back(request, conversation, verdict.message, "No verdict counts for all now.")

    # Notes

    def note(self, request: HttpRequest, conversation: Conversation) -> HttpResponse:
        user = permitted(request, "add_note")
        message = answer_of(request, conversation)
        form = NoteForm(request.POST, about=about(message))
        if not form.is_valid():
            return self._again(request, conversation, message, "note", form)
        note = Note.objects.leave(user, conversation, message, form.cleaned_data["text"])
        return self._back(request, conversation, message, f"Your note is kept.{who_is_missed(note)}")

    def edit_note(self, request: HttpRequest, conversation: Conversation, pk: int) -> HttpResponse:
        user = permitted(request, "change_note")
        note = own(found(conversation.notes.all(), pk), user, "author_id")
        form = NoteForm(request.POST, about=f"note-{pk}")
        if not form.is_valid():
            return self._again(request, conversation, note.message, f"note-{pk}", form)
        note.edit(user, form.cleaned_data["text"])
        return self._back(request, conversation, note.message, f"Your note is changed.{who_is_missed(note)}")

    def remove_note(self, request: HttpRequest, conversation: Conversation, pk: int) -> HttpResponse:
        user = permitted(request, "delete_note")
        note = own(found(conversation.notes.all(), pk), user, "author_id")
        note.remove(user)
        return self._back(request, conversation, note.message, "Your note is removed.")

    def seen(self, request: HttpRequest, conversation: Conversation, pk: int) -> HttpResponse:
        """Say that one has read what one was mentioned in."""
        user = permitted(request, "view_note")
        note = found(conversation.notes.all(), pk)
        Mention.objects.waiting_for(user).filter(note=note).update(seen=timezone.now())
        return self._back(request, conversation, note.message, "You have seen this note.")

    # Flags

    def flag(self, request: HttpRequest, conversation: Conversation) -> HttpResponse:
        user = permitted(request, "add_flag")
        message = answer_of(request, conversation)
        form = FlagForm(request.POST, about=about(message))
        if not form.is_valid():
            return self._again(request, conversation, message, "flag", form)
        Flag.objects.all().put_up(user, conversation, message, form.cleaned_data["reason"])
        return self._back(request, conversation, message, "The flag is up.")

    def take_down(self, request: HttpRequest, conversation: Conversation, pk: int) -> HttpResponse:
        user = permitted(request, "change_flag")
        flag = found(conversation.flags.all(), pk)
        flag.take_down(user)
        return self._back(request, conversation, flag.message, "The flag is down.")

    # Corrections

    def correct(self, request: HttpRequest, conversation: Conversation) -> HttpResponse:
        user = permitted(request, "add_correction")
        message = answer_of(request, conversation)
        if message is None:
            raise Http404
        form = CorrectionForm(request.POST, about=about(message))
        if not form.is_valid():
            return self._again(request, conversation, message, "correction", form)
        Correction.objects.write(user, message, form.cleaned_data["text"])
        return self._back(request, conversation, message, "Your correction is kept.")

    def remove_correction(self, request: HttpRequest, conversation: Conversation, pk: int) -> HttpResponse:
        user = permitted(request, "delete_correction")
        correction = own(found(Correction.objects.filter(message__conversation=conversation), pk), user, "author_id")
        correction.remove(user)
        return self._back(request, conversation, correction.message, "Your correction is removed.")

    # The page

    def judging_context(
        self, request: HttpRequest, conversation: Conversation, messages: Sequence[Message], drawn: datetime
    ) -> dict[str, Any]:
        """Return what the forms on a conversation's page need; each answer gets a `judgement`, which has its forms.

        `drawn` is when this began to be read: what has come since nobody has seen."""
        user = request.user
        assert isinstance(user, User)
        bound: Bound | None = getattr(request, "bound_form", None)
        answers = [message for message in messages if message.role == Message.Role.ASSISTANT]
        all_of_them = judgements(conversation, answers, user)
        for judgement in all_of_them.values():
            add_forms(judgement, user, bound, drawn)
            if judgement.message:
                judgement.message.judgement = judgement  # type: ignore[attr-defined]
        return {
            "judgement": all_of_them[None],
            "may": {name: user.has_perm(f"chat.{power}") for name, power in POWERS.items()},
            "changes": history(conversation, user, all_of_them.values(), SHOWN_CHANGES),
        }

    def _back(
        self, request: HttpRequest, conversation: Conversation, message: Message | None, sentence: str
    ) -> HttpResponse:
        messages.success(request, sentence)
        address = reverse("admin:chat_conversation_change", args=[conversation.pk])
        place = f"judging-{message.pk}" if message else "judging"
        way = self._way_to(request, message)
        return HttpResponseRedirect(f"{address}{f'?{way}' if way else ''}#{place}")

    def _way_to(self, request: HttpRequest, message: Message | None) -> str:
        """Return the query of a page that shows this message, and knows the list it was come from."""
        kept = {CHANGELIST: request.GET[CHANGELIST]} if CHANGELIST in request.GET else {}
        return urlencode({**({"at": message.pk} if message else {}), **kept})

    def _again(
        self, request: HttpRequest, conversation: Conversation, message: Message | None, kind: str, form: forms.Form
    ) -> HttpResponse:
        """Show the page with the form as it was sent, and what is wrong with it."""
        look_at_first_error(form)
        request.bound_form = (kind, message.pk if message else None, form)  # type: ignore[attr-defined]
        request.GET = QueryDict(self._way_to(request, message))
        messages.error(request, "This was not kept yet: see below.")
        return self.show(request, conversation, status=400)  # type: ignore[attr-defined,no-any-return]


PREFIX = "chat_conversation_"


def permitted(request: HttpRequest, power: str) -> User:
    """Return who asks. Raises PermissionDenied where they may not."""
    user = request.user
    if not isinstance(user, User) or not user.has_perm(f"chat.{power}"):
        raise PermissionDenied
    return user


def answer_of(request: HttpRequest, conversation: Conversation) -> Message | None:
    """Return the answer that a form is about; None for the conversation. Raises Http404 for what is no answer of it."""
    pk = request.POST.get("message", "")
    if not pk:
        return None
    try:
        return conversation.messages.get(pk=UUID(pk), role=Message.Role.ASSISTANT)
    except (ValueError, Message.DoesNotExist):
        raise Http404 from None


def rubric_of(request: HttpRequest, subject: Subject) -> Rubric:
    """Return what a form asked by, though there may be a newer one by now; what is in use where that is not there."""
    pk = request.POST.get("rubric", "")
    is_id = pk.isdecimal() and len(pk) < 19
    asked = Rubric.objects.filter(pk=int(pk), subject=subject).first() if is_id else None
    return asked or Rubric.objects.current(subject)


def about(message: Message | None) -> str:
    return str(message.pk) if message else "conversation"


def found(those: "models.QuerySet[Thing]", pk: int) -> Thing:
    thing = those.filter(pk=pk).first()
    if thing is None:
        raise Http404
    return thing


def own(thing: Thing, user: User, field: str) -> Thing:
    """Return it where it is one's own; raises PermissionDenied else."""
    if getattr(thing, field) != user.pk:
        raise PermissionDenied
    return thing


def look_at_first_error(form: forms.Form) -> None:
    """Have the page open at the first field that is not right; of several radios one has the focus."""
    field = next(field for field in form if field.errors)
    attrs = field.subwidgets[0].data["attrs"] if field.widget_type == "radioselect" else field.field.widget.attrs
    attrs["autofocus"] = True


def who_is_missed(note: Note) -> str:
    """Return a sentence on names in it that tell nobody, "" where there are none."""
    names = " ".join(f"@{name}" for name in note.misses())
    return f" Nobody who reviews is called {names}." if names else ""


def add_forms(judgement: Judgement, user: User, bound: Bound | None, drawn: datetime) -> None:
    """Give a judgement the forms by which it is added to; the one that was not right as it was sent."""
    name, message = judgement.about, judgement.message
    wrong = bound if bound and bound[1] == (message.pk if message else None) else None
    judgement.is_refused = wrong is not None

    def either(kind: str, fresh: forms.Form) -> forms.Form:
        return wrong[2] if wrong and wrong[0] == kind else fresh

    rubric, mine = judgement.rubric, judgement.mine
    judgement.verdict_form = either("verdict", VerdictForm(about=name, rubric=rubric, verdict=mine, drawn=drawn))
    judgement.note_form = either("note", NoteForm(about=name))
    judgement.flag_form = either("flag", FlagForm(about=name))
    if message:
        fresh = CorrectionForm(about=name, correction=judgement.my_correction, answer=message.text)
        judgement.correction_form = either("correction", fresh)
    for note in judgement.notes:
        if note.author_id == user.pk:
            note.form = either(f"note-{note.pk}", NoteForm(about=f"note-{note.pk}", note=note))  # type: ignore[attr-defined]
        note.waits = any(each.user_id == user.pk and not each.seen for each in note.mentions.all())  # type: ignore[attr-defined]
