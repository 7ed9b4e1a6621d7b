"""Sending a message, saying it again in other words, and a message's own text."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django.views.decorators.vary import vary_on_headers
from django_htmx.http import retarget

from chat.errors import ChatError
from chat.forms import MessageForm
from chat.guests import refuse_haste
from chat.models import Generation, Message
from chat.rendering import plain_text
from chat.streaming.runner import runner
from chat.views.access import member_required, own_conversation, own_message
from chat.views.choices import model_for
from chat.views.notices import notice
from chat.views.pages import Editor, page, refusal, thread_changed, turn_started
from chat.views.requests import MemberRequest


@require_POST
@member_required
def create(request: MemberRequest, conversation_id: UUID) -> HttpResponse:
    conversation = own_conversation(request, conversation_id)
    form = MessageForm(request.POST)
    if not form.is_valid():
        return refusal(request, conversation, form, form.sentence, 400)
    try:
        refuse_haste(request)
        model = model_for(request, conversation)
        turn = conversation.post(form.cleaned_data["text"], form.cleaned_data["key"], model)
    except ChatError as error:
        return refusal(request, conversation, form, error.sentence, error.status)
    return turn_started(request, turn)


@require_http_methods(["GET", "HEAD", "POST"])
@vary_on_headers("HX-Request")  # or Back might bring the form alone for the page
@member_required
def edit(request: MemberRequest, message_id: UUID) -> HttpResponse:
    """A question in other words: the form for it, and what is sent by it."""
    question = own_message(request, message_id, role=Message.Role.USER)
    return _ask_anew(request, question) if request.method == "POST" else _open_editor(request, question)


def _open_editor(request: MemberRequest, question: Message) -> HttpResponse:
    editor = Editor(question, question.text)
    if request.htmx:
        return render(request, "chat/partials/editor.html", {"editor": editor})
    return page(request, question.conversation, editor=editor)


def _ask_anew(request: MemberRequest, question: Message) -> HttpResponse:
    """Make another version of a question and its answer; what is being written in the conversation is stopped."""
    conversation = question.conversation
    form = MessageForm(request.POST)
    if not form.is_valid():
        return _not_sent(request, question, form.sentence, 400)
    text, key = form.cleaned_data["text"], form.cleaned_data["key"]
    running = Generation.objects.active().filter(conversation=conversation).first()
    try:
        refuse_haste(request)
        turn = conversation.edit(question, text, key, model_for(request, conversation))
    except ChatError as error:
        return _not_sent(request, question, error.sentence, error.status)
    if turn.is_new:
        if running:
            runner.stop(running)
        runner.start(turn.generation.pk)
    return thread_changed(request, conversation)


def _not_sent(request: MemberRequest, question: Message, sentence: str, status: int) -> HttpResponse:
    """Say why at the form, and keep what was typed in it."""
    editor = Editor(question, request.POST.get("text", ""), sentence)
    if request.htmx:
        return retarget(notice(request, sentence, status=status), f"#{editor.trouble_id}")
    return page(request, question.conversation, editor=editor, status=status)


@require_safe
@member_required
def source(request: MemberRequest, message_id: UUID) -> HttpResponse:
    """The message as it was written, Markdown and all, for Copy message; with ?as=text what it says, without marks."""
    message = own_message(request, message_id)
    text = plain_text(message.text) if request.GET.get("as") == "text" else message.text
    return HttpResponse(text, content_type="text/plain; charset=utf-8")
