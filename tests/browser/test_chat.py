"""The main journeys in a browser: send, watch the answer grow, reload in the middle, stop, try again, copy."""

import re
from collections.abc import Callable

from playwright.sync_api import BrowserContext, expect

from tests.server import Server
from tests.steps import Chat, eventually
from tests.upstream import Cut, Finish, Gate, Hang, Say, Status, Step, Upstream

MARKDOWN = (
    "# Sky\n\nThe *quick* **fox** jumps:\n\n- one\n- two\n\n  loose\n\n```py\nx = '<b>'\ny = 2\n```\n\n"
    "| a | b |\n|---|:-:|\n| 1 | 2 |\n| 3 | 4 |\n\n> quoted\n\n1. first\n2. second\n\n[link](https://example.org) end."
)


def pieces(text: str) -> list[str]:
    return re.findall(r"\S+\s*|\s+", text)


def test_an_answer_grows_before_it_is_complete(chat: Chat, model: Upstream) -> None:
    first, second = Gate(), Gate()
    model.script(Say("The sky "), first, Say("is blue."), second, Finish())
    chat.send("Why is the sky blue?")
    chat.sees_growing("The sky")
    expect(chat.text).not_to_contain_text("blue")
    first.release()
    chat.sees_growing("The sky is blue.")
    second.release()
    chat.sees_state("complete")


def test_a_new_chat_gets_its_address_its_title_and_its_place_in_the_list(chat: Chat, model: Upstream) -> None:
    chat.send("Why is the sky blue?")
    chat.sees_state("complete")
    expect(chat.page).to_have_url(re.compile(r"/chat/[0-9a-f-]{36}/$"))
    expect(chat.page).to_have_title("Why is the sky blue? · ChatStream")
    expect(chat.page.get_by_role("heading", level=1)).to_have_text("Why is the sky blue?")
    expect(chat.chats).to_have_text(["Why is the sky blue?"])
    chat.page.get_by_role("button", name="New chat").click()
    expect(chat.answers).to_have_count(0)
    expect(chat.chats).to_have_count(1)


def test_the_streamed_page_is_the_page_from_the_database(chat: Chat, model: Upstream) -> None:
    model.script(Say(*pieces(MARKDOWN), every=0.02), Finish())
    chat.send("Show me everything")
    chat.sees_state("complete")
    streamed = chat.picture()
    assert streamed.count("<table ") == 1
    assert chat.reload().picture() == streamed


def test_a_reload_in_mid_answer_ends_in_the_identical_text(chat: Chat, model: Upstream, window: BrowserContext) -> None:
    gates = [Gate() for _ in range(6)]
    words = pieces(MARKDOWN)
    size = len(words) // len(gates) + 1
    steps: list[Step] = []
    for number, gate in enumerate(gates):
        steps += [Say(*words[number * size : (number + 1) * size], every=0.01), gate]
    model.script(*steps, Finish())
    chat.send("Show me everything")
    expect(chat.page).to_have_url(re.compile(r"/chat/[0-9a-f-]{36}/$"))
    watching = Chat(window.new_page(), chat.url).open(chat.path)
    for gate in gates:
        gate.wait_until_reached()
        chat.reload()
        expect(chat.answer).to_have_attribute("aria-busy", "true")
        gate.release()
    chat.sees_state("complete")
    watching.sees_state("complete")
    assert chat.picture() == watching.picture() == chat.reload().picture()


def test_enter_sends_and_shift_enter_breaks_the_line(chat: Chat) -> None:
    chat.box.press_sequentially("one")
    chat.box.press("Shift+Enter")
    chat.type_and_press_enter("two")
    chat.sees_state("complete")
    expect(chat.questions.locator('[data-part="text"]')).to_have_text("one\ntwo", use_inner_text=True)
    expect(chat.box).to_have_value("")
    expect(chat.box).to_be_focused()


def test_going_back_and_forward_in_mid_answer_doubles_nothing(chat: Chat, model: Upstream) -> None:
    gates = [Gate(), Gate()]
    model.script(Say("one "), gates[0], Say("two "), gates[1], Say("three"), Finish())
    chat.send("Count")
    chat.sees_growing("one")
    chat.page.go_back()
    expect(chat.answers).to_have_count(0)
    gates[0].release()
    gates[1].wait_until_reached()
    chat.page.go_forward()
    chat.sees_growing("one two")
    gates[1].release()
    chat.sees_state("complete")
    expect(chat.text).to_have_text("one two three")


def test_continuing_what_another_tab_has_continued_doubles_nothing(
    chat: Chat, model: Upstream, window: BrowserContext
) -> None:
    model.script(Say("one "), Cut())
    chat.send("Count")
    chat.sees_state("interrupted")
    other = Chat(window.new_page(), chat.url).open(chat.path)
    model.script(Say("two "), Cut())
    other.button("Continue").click()
    expect(other.text).to_have_text("one two")
    other.sees_state("interrupted")
    model.script(Say("three"), Finish())
    chat.button("Continue").click()
    chat.sees_state("complete")
    expect(chat.text).to_have_text("one two three")


def test_a_button_that_is_swapped_away_hands_the_focus_to_the_composer(chat: Chat, model: Upstream) -> None:
    model.script(Say("so far"), Hang())
    chat.send("Why?")
    chat.sees_growing("so far")
    chat.button("Stop generating").press("Enter")
    chat.sees_state("stopped")
    expect(chat.box).to_be_focused()


def test_an_answer_deleted_meanwhile_says_so(chat: Chat, model: Upstream, server: Server) -> None:
    model.script(Say("so far"), Hang())
    chat.send("Delete me")
    chat.sees_growing("so far")
    server.manage("shell", "--command=from chat.models import *; Conversation.objects.all().delete()")
    chat.sees_state("deleted")
    expect(chat.answer).to_contain_text("This answer was deleted.")
    expect(chat.button("Stop generating")).to_have_count(0)


def test_a_conversation_goes_on(chat: Chat, model: Upstream) -> None:
    chat.send("First")
    chat.sees_state("complete")
    model.script(Say("Second answer"), Finish())
    chat.send("Second")
    expect(chat.answers).to_have_count(2)
    chat.sees_state("complete")
    expect(chat.text).to_have_text("Second answer")
    expect(chat.chats).to_have_count(1)


def test_stop_keeps_the_partial_and_continue_goes_on(chat: Chat, model: Upstream) -> None:
    model.script(Say("The sky is "), Hang())
    chat.send("Why?")
    chat.sees_growing("The sky is")
    chat.button("Stop generating").click()
    chat.sees_state("stopped")
    expect(chat.text).to_have_text("The sky is")
    expect(chat.answer).to_contain_text("Stopped.")
    model.wait_until_idle()
    model.script(Say("blue."), Finish())
    chat.button("Continue").click()
    expect(chat.text).to_have_text("The sky is blue.")
    chat.sees_state("complete")
    assert chat.picture() == chat.reload().picture()


def test_regenerate_writes_another_version_and_one_may_go_back(chat: Chat, model: Upstream) -> None:
    chat.send("Why?")
    chat.sees_state("complete")
    model.script(Say("Another answer"), Finish())
    chat.button("Regenerate").click()
    expect(chat.text).to_have_text("Another answer")
    chat.sees_state("complete")
    expect(chat.answers).to_have_count(1)
    expect(chat.answer.get_by_text("2/2")).to_be_visible()
    assert chat.picture() == chat.reload().picture()
    expect(chat.button("Next version")).to_be_disabled()
    chat.button("Previous version").click()
    expect(chat.text).to_have_text("Hello world")
    expect(chat.answer.get_by_text("1/2")).to_be_visible()
    chat.send("And then?")
    expect(chat.answers).to_have_count(2)
    chat.sees_state("complete")
    chat.button("Next version").click()
    expect(chat.text).to_have_text("Another answer")
    expect(chat.answers).to_have_count(1)


def test_regenerating_in_mid_answer_stops_it_and_keeps_its_text(chat: Chat, model: Upstream) -> None:
    chat.send("First")
    chat.sees_state("complete")
    model.script(Say("so far"), Hang())
    chat.send("Second")
    chat.sees_growing("so far")
    model.script(Say("Anew"), Finish())
    chat.answers.first.get_by_role("button", name="Regenerate").click()
    expect(chat.text).to_have_text("Anew")
    model.wait_until_idle()
    chat.button("Previous version").click()
    expect(chat.text).to_have_text("so far")
    expect(chat.answer).to_contain_text("Stopped.")


def test_a_question_is_asked_in_other_words_and_one_may_go_back(chat: Chat, model: Upstream) -> None:
    chat.send("Why is the skye blue?")
    chat.sees_state("complete")
    chat.ask("And then?")
    chat.sees_state("complete")
    chat.box.fill("A draft")
    model.script(Say("Because of Rayleigh."), Finish())
    chat.edit(chat.questions.first, "Why is the sky blue?")
    expect(chat.said).to_have_text(["Why is the sky blue?"])
    expect(chat.text).to_have_text("Because of Rayleigh.")
    chat.sees_state("complete")
    expect(chat.box).to_have_value("A draft")
    expect(chat.questions.get_by_text("2/2")).to_be_visible()
    assert chat.picture() == chat.reload().picture()
    chat.button("Previous version").click()
    expect(chat.said).to_have_text(["Why is the skye blue?", "And then?"])
    chat.button("Next version").click()
    expect(chat.said).to_have_text(["Why is the sky blue?"])


def test_an_edit_in_mid_answer_stops_it_and_keeps_its_text(chat: Chat, model: Upstream) -> None:
    model.script(Say("so far"), Hang())
    chat.send("First")
    chat.sees_growing("so far")
    model.script(Say("Anew"), Finish())
    chat.edit(chat.questions.first, "First, in other words")
    expect(chat.text).to_have_text("Anew")
    chat.sees_state("complete")
    model.wait_until_idle()
    chat.button("Previous version").click()
    expect(chat.text).to_have_text("so far")
    expect(chat.answer).to_contain_text("Stopped.")


def test_an_editor_is_left_as_it_was_entered(chat: Chat) -> None:
    chat.send("Why?")
    chat.sees_state("complete")
    before = chat.picture()
    leave: Callable[[], None]
    for leave in (lambda: chat.editor.press("Escape"), chat.button("Cancel").click):
        chat.open_editor(chat.questions.first)
        expect(chat.editor).to_be_focused()
        expect(chat.said).to_be_hidden()
        chat.page.keyboard.type(" Or not?")
        expect(chat.editor).to_have_value("Why? Or not?")
        leave()
        expect(chat.said).to_be_visible()
        expect(chat.button("Edit message")).to_be_focused()
        assert chat.picture() == before


def test_an_edit_that_can_not_be_sent_is_mended_where_it_stands(chat: Chat, complaints: list[str]) -> None:
    chat.send("Why?")
    chat.sees_state("complete")
    chat.edit(chat.questions.first, " ")
    trouble = chat.questions.get_by_role("alert")
    expect(trouble).to_have_text("Write a message first.")
    expect(chat.editor).to_be_focused()
    chat.page.keyboard.type("Why not?")
    expect(trouble).to_be_empty()
    chat.page.keyboard.press("Enter")
    expect(chat.said).to_have_text("Why not?")
    chat.sees_state("complete")
    expect(chat.box).to_be_focused()
    assert complaints and all("400" in complaint for complaint in complaints)
    complaints.clear()


def test_a_failure_is_told_in_a_sentence_and_tried_again(chat: Chat, model: Upstream) -> None:
    model.script(Status(500))
    chat.send("Why?")
    chat.sees_state("failed")
    expect(chat.answer).to_contain_text("The model's server has a problem of its own.")
    chat.button("Try again").click()
    chat.sees_state("complete")
    expect(chat.text).to_have_text("Hello world")
    expect(chat.answers).to_have_count(1)


def test_a_cut_answer_keeps_its_text_and_offers_to_continue(chat: Chat, model: Upstream) -> None:
    model.script(Say("so far"), Cut())
    chat.send("Why?")
    chat.sees_state("interrupted")
    expect(chat.text).to_have_text("so far")
    expect(chat.button("Continue")).to_be_visible()


def test_sending_while_an_answer_runs_keeps_the_draft(chat: Chat, model: Upstream, complaints: list[str]) -> None:
    gate = Gate()
    model.script(Say("so far"), gate, Finish())
    chat.send("Why?")
    chat.sees_growing("so far")
    chat.type_and_press_enter("Impatient")
    expect(chat.notice).to_contain_text("An answer is still being written.")
    expect(chat.box).to_have_value("Impatient")
    gate.release()
    chat.sees_state("complete")
    expect(chat.notice).to_be_empty()
    chat.button("Send message").click()
    expect(chat.answers).to_have_count(2)
    assert complaints and all("409" in complaint for complaint in complaints)
    complaints.clear()


def test_without_a_server_the_text_is_kept_and_a_sentence_says_so(chat: Chat, complaints: list[str]) -> None:
    chat.page.context.set_offline(True)
    chat.send("Hello?")
    expect(chat.notice).to_contain_text("The server could not be reached. Nothing is lost")
    expect(chat.box).to_have_value("Hello?")
    chat.page.context.set_offline(False)
    chat.button("Send message").click()
    chat.sees_state("complete")
    complaints.clear()


def test_copy_message_gives_the_markdown(chat: Chat, model: Upstream, window: BrowserContext) -> None:
    window.grant_permissions(["clipboard-read", "clipboard-write"])
    model.script(Say("Some *Markdown*"), Finish())
    chat.send("Why?")
    chat.sees_state("complete")
    chat.answer.get_by_role("button", name="Copy message").click()
    expect(chat.status).to_have_text("Message copied as Markdown")
    expect(chat.answer.get_by_role("button", name="Copy message")).to_have_attribute("data-said", "Copied as Markdown")
    assert chat.page.evaluate("navigator.clipboard.readText()") == "Some *Markdown*"


def test_signed_out_nothing_is_copied(
    chat: Chat, model: Upstream, window: BrowserContext, complaints: list[str]
) -> None:
    chat.send("Why?")
    chat.sees_state("complete")
    window.clear_cookies()
    chat.answer.get_by_role("button", name="Copy message").click()
    expect(chat.status).to_have_text("The message could not be copied")
    complaints.clear()


def test_a_page_whose_address_has_changed_under_it_loads_the_right_one(chat: Chat, model: Upstream) -> None:
    """As Back and Forward do while a page loads; no event tells."""
    chat.send("Why?")
    chat.sees_state("complete")
    path = chat.path
    chat.page.add_init_script(
        f"if (!sessionStorage.moved) {{ sessionStorage.moved = 1; history.pushState(null, '', '{path}'); }}"
    )
    chat.open("/chat/")
    expect(chat.text).to_have_text("Hello world")
    assert chat.path == path


def test_beginning_and_end_are_announced_and_nothing_in_between(chat: Chat, model: Upstream) -> None:
    gate = Gate()
    model.script(Say("so far"), gate, Finish())
    expect(chat.page.get_by_role("log")).to_have_attribute("aria-live", "off")
    chat.send("Why?")
    expect(chat.status).to_have_text("Answering…")
    gate.release()
    expect(chat.status).to_have_text("The answer is complete.")


def test_a_finished_block_is_never_touched_again(chat: Chat, model: Upstream) -> None:
    gate = Gate()
    model.script(Say("First paragraph.\n\nSec"), gate, Say("ond.\n\nThird.\n\n- a\n- b"), Finish())
    chat.send("Why?")
    chat.sees_growing("Sec")
    chat.text.locator("p").first.evaluate("element => element.dataset.seen = 'before'")
    gate.release()
    chat.sees_state("complete")
    expect(chat.text.locator("p").first).to_have_attribute("data-seen", "before")


def test_without_javascript_one_reads_sends_watches_and_stops(plain_chat: Chat, model: Upstream) -> None:
    chat = plain_chat
    model.script(Say("First.\n\nSecond.\n\nThird"), Hang())
    chat.send("Why?")
    frame = chat.page.frame_locator("iframe")
    expect(frame.locator('[data-part="text"]')).to_contain_text("First.")
    expect(chat.text).to_be_hidden()
    chat.button("Stop generating").click()
    expect(chat.page.locator("iframe")).to_have_count(0, timeout=15_000)
    chat.reload()
    chat.sees_state("stopped")
    expect(chat.text).to_contain_text("Third")


def test_without_javascript_one_edits_a_question_and_goes_back(plain_chat: Chat, model: Upstream) -> None:
    chat = plain_chat
    model.script(Say("First."), Cut())
    chat.send("Why?")
    reload_until(chat, "interrupted")
    chat.open_editor(chat.questions.first)
    expect(chat.editor).to_have_value("Why?")
    expect(chat.said).to_be_hidden()
    chat.button("Cancel").click()
    expect(chat.said).to_be_visible()
    chat.edit(chat.questions.first, " ")
    expect(chat.questions.get_by_role("alert")).to_have_text("Write a message first.")
    model.script(Say("Second."), Cut())
    chat.editor.fill("Why not?")
    chat.page.get_by_role("button", name="Send", exact=True).click()
    expect(chat.said).to_have_text("Why not?")
    reload_until(chat, "interrupted")
    expect(chat.text).to_have_text("Second.")
    chat.button("Previous version").click()
    expect(chat.said).to_have_text("Why?")
    expect(chat.text).to_have_text("First.")


def reload_until(chat: Chat, state: str) -> None:
    # Not by reload(), which Chromium refuses while the page before is still on its way out.
    eventually(lambda: chat.open(chat.path).answer.get_attribute("data-state") == state)


def test_an_open_frame_ends_with_the_way_to_the_finished_answer(plain_chat: Chat, model: Upstream) -> None:
    chat = plain_chat
    gate = Gate()
    model.script(Say("First.\n\nSecond.\n\nThi"), gate, Say("rd."), Finish())
    chat.send("Why?")
    frame = chat.page.frame_locator("iframe")
    expect(frame.locator("body")).to_contain_text("First.")
    gate.release()
    frame.get_by_role("link", name="Show the finished answer").click()
    chat.sees_state("complete")
    expect(chat.text).to_contain_text("Third.")


def test_hostile_output_runs_nothing_and_calls_nobody(chat: Chat, model: Upstream, server: Server) -> None:
    hostile = (
        "<script>document.title='owned'</script>\n\n<img src=x onerror=\"document.title='owned'\">\n\n"
        "![x](https://example.org/pixel.png) [y](javascript:document.title='owned')\n\n"
        '<div hx-get="/accounts/logout/" hx-trigger="load"></div> <p hx-swap-oob="true" id="thread">gone</p>\n\n'
        "event: done\ndata: x\n\n</article></section><form action=https://example.org><style>*{display:none}</style>"
    )
    asked: list[str] = []
    chat.page.on("request", lambda request: asked.append(request.url))
    model.script(Say(*hostile, every=0.002), Finish())
    chat.send("Be evil")
    chat.sees_state("complete")
    expect(chat.page).to_have_title("Be evil · ChatStream")
    expect(chat.text).to_contain_text("<script>document.title='owned'</script>")
    expect(chat.text.locator("script, img, form, style, iframe, [hx-get], [onerror]")).to_have_count(0)
    assert [url for url in asked if not url.startswith(server.url)] == []
    assert chat.picture() == chat.reload().picture()
