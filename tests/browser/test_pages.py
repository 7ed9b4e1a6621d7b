"""The other pages in a browser: each works under the strict policy without a complaint."""

from playwright.sync_api import BrowserContext, expect

from tests.server import Server
from tests.steps import Chat
from tests.upstream import Finish, Gate, Say, Upstream

PASSWORD = "correct horse battery"


def test_a_guest_signs_up_and_keeps_the_chats(chat: Chat) -> None:
    chat.send("Before I had an account")
    chat.sees_state("complete")
    page = chat.page
    page.get_by_role("link", name="Sign up").click()
    page.get_by_label("Username").fill("newcomer")
    page.get_by_label("Password:", exact=True).fill(PASSWORD)
    page.get_by_label("Password (again)").fill(PASSWORD)
    page.get_by_role("button", name="Sign Up").click()
    expect(chat.chats).to_have_text(["Before I had an account"])
    expect(page.get_by_role("link", name="newcomer")).to_be_visible()
    chat.chats.click()
    expect(chat.text).to_have_text("Hello world")
    chat.send("And after")  # the form has the new session's token
    expect(chat.answers).to_have_count(2)


def test_a_message_sent_from_a_tab_opened_before_signing_in_arrives(chat: Chat, window: BrowserContext) -> None:
    second = Chat(window.new_page(), chat.url).open()
    chat.send("This makes a guest, and a new token")
    chat.sees_state("complete")
    second.send("This form has the old token")
    second.sees_state("complete")
    expect(second.chats).to_have_count(2)


def test_staff_read_a_conversation_in_the_admin(chat: Chat, server: Server, model: Upstream) -> None:
    chat.send("Why is the sky blue?")
    chat.sees_state("complete")
    server.manage(
        "createsuperuser", "--noinput", "--username=staff", "--email=s@example.org", DJANGO_SUPERUSER_PASSWORD=PASSWORD
    )
    page = chat.page
    chat.open("/admin/chat/conversation/")
    page.get_by_label("Username").fill("staff")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.get_by_role("textbox", name="Search").fill("sky")
    page.get_by_role("button", name="Search").click()
    page.get_by_role("link", name="Why is the sky blue?").first.click()
    expect(page.locator(".transcript")).to_contain_text("Hello world")


def test_a_page_that_is_not_there_leads_back(chat: Chat, complaints: list[str]) -> None:
    chat.open("/nowhere/")
    chat.page.get_by_role("link", name="Go to your chats").click()
    expect(chat.box).to_be_visible()
    assert all("404" in complaint for complaint in complaints)
    complaints.clear()


def test_the_thread_follows_the_answer_only_while_its_reader_is_at_the_end(chat: Chat, model: Upstream) -> None:
    first, second = Gate(), Gate()
    lines = "\n\n".join(f"Line {number}." for number in range(60))
    model.script(Say(lines), first, Say("\n\nOne more."), second, Say("\n\nThe last."), Finish())
    chat.send("Write a lot")
    expect(chat.text.get_by_text("Line 58.")).to_be_in_viewport()
    first.release()
    expect(chat.text.get_by_text("One more.")).to_be_in_viewport()
    chat.text.get_by_text("Line 0.").scroll_into_view_if_needed()
    second.release()
    chat.sees_state("complete")
    expect(chat.text.get_by_text("Line 0.")).to_be_in_viewport()
