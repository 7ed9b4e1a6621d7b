"""Good answer, bad answer: what people say of an answer, why, and taking it back."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.text import Truncator
from django.views.decorators.http import require_http_methods
from django.views.decorators.vary import vary_on_headers
from django_htmx.http import retarget

from chat.errors import ChatError, NothingToRate
from chat.feedback_forms import FeedbackForm
from chat.models import Conversation, Feedback, Message
from chat.models.feedback import REASONS
from chat.parts import address
from chat.rendering import plain_text
from chat.views.access import member_required, own_message
from chat.views.notices import notice
from chat.views.pages import SeeOther, page
from chat.views.requests import MemberRequest

NONE = "none"  # what a button that is pressed sends as its value
SAID = {Feedback.Value.GOOD: "Rated as a good answer.", Feedback.Value.BAD: "Rated as a bad answer."}
SAVED = "Your feedback is saved."
TAKEN_BACK = "Your rating is taken back."
SHOWN = 300  # characters of the answer, on a page of its own


@dataclass(frozen=True)
class Why:
    """The form that asks why an answer is good or bad; `sentence` says what is wrong with what was sent by it."""

    value: str
    ticked: Sequence[str]
    comment: str
    is_read: bool  # whether staff may read the conversation
    sentence: str = ""

    @classmethod
    def of(cls, answer: Message, rating: Feedback) -> Self:
        return cls(rating.value, rating.reasons, rating.comment, _is_read(answer))

    @classmethod
    def sent(cls, answer: Message, form: FeedbackForm) -> Self:
        """Return it with all that was filled in."""
        sent = form.data
        ticked, comment = sent.getlist("reasons"), sent.get("comment", "")  # type: ignore[attr-defined]
        return cls(sent.get("value", ""), ticked, comment, _is_read(answer), form.sentence)

    @property
    def reasons(self) -> list[tuple[str, str, bool]]:
        return [(code, label, code in self.ticked) for code, label in REASONS.get(self.value, {}).items()]

    @property
    def question(self) -> str:
        return "What was good about it?" if self.value == Feedback.Value.GOOD else "What was wrong with it?"


def _is_read(answer: Message) -> bool:
    return Conversation.objects.reviewable().filter(pk=answer.conversation_id).exists()


@require_http_methods(["GET", "HEAD", "POST"])
@vary_on_headers("HX-Request")  # or Back might bring the form alone for the page
@member_required
def rate(request: MemberRequest, message_id: UUID) -> HttpResponse:
    """Say whether an answer is good or bad, or nothing any more; and the form for why."""
    answer = own_message(request, message_id, role=Message.Role.ASSISTANT)
    try:
        return _say(request, answer) if request.method == "POST" else _ask_why(request, answer)
    except ChatError as error:
        return _refused(request, answer, error.sentence, error.status)


def _refused(request: MemberRequest, answer: Message, sentence: str, status: int) -> HttpResponse:
    if request.htmx:
        return notice(request, sentence, status=status)
    return page(request, answer.conversation, sentence=sentence, status=status)


def _ask_why(request: MemberRequest, answer: Message) -> HttpResponse:
    if not answer.can_be_rated:
        raise NothingToRate
    why = Why.of(answer, answer.rating) if answer.rating else None
    return _rating(request, answer, why) if request.htmx else _page(request, answer, why)


def _say(request: MemberRequest, answer: Message) -> HttpResponse:
    if request.POST.get("value") == NONE:
        answer.take_rating_back()
        return _rated(request, answer, TAKEN_BACK)
    form = FeedbackForm(request.POST)
    if not form.is_valid():
        return _not_said(request, answer, form)
    value = form.cleaned_data["value"]
    if form.is_explained:
        answer.rate(value, form.cleaned_data["reasons"], form.cleaned_data["comment"])
        return _rated(request, answer, SAVED)
    rating = answer.rate(value)
    return _rated(request, answer, SAID[rating.value], Why.of(answer, rating))  # type: ignore[index]


def _rated(request: MemberRequest, answer: Message, sentence: str, why: Why | None = None) -> HttpResponse:
    if not request.htmx:
        return SeeOther(address(answer.conversation, answer))
    return _rating(request, own_message(request, answer.pk), why, sentence)


def _not_said(request: MemberRequest, answer: Message, form: FeedbackForm) -> HttpResponse:
    """Say why at the form, and keep what was filled in; a value that is none has no form."""
    if form.has_error("value"):
        return _refused(request, answer, form.sentence, 400)
    if not request.htmx:
        return _page(request, answer, Why.sent(answer, form), status=400)
    refusal = notice(request, form.sentence, status=400)
    return retarget(refusal, f"#trouble-{answer.pk}")


def _rating(request: MemberRequest, answer: Message, why: Why | None, sentence: str = "") -> HttpResponse:
    """Answer htmx with the buttons, the form below them, and a sentence for whoever doesn't see them."""
    return render(request, "chat/rated.html", {"message": answer, "why": why, "sentence": sentence})


def _page(request: MemberRequest, answer: Message, why: Why | None, status: int = 200) -> HttpResponse:
    context = {
        "message": answer,
        "conversation": answer.conversation,
        "beginning": Truncator(plain_text(answer.text)).chars(SHOWN),
        "back": address(answer.conversation, answer),
        "why": why,
    }
    return render(request, "chat/feedback.html", context, status=status)
