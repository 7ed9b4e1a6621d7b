"""The other pages in a browser: each works under the strict policy without a complaint."""

from contextlib import suppress
from pathlib import Path

from playwright.sync_api import BrowserContext, Error, expect

from tests.faults.conftest import new_server
from tests.server import Server
from tests.steps import Chat, Desk
from tests.upstream import Upstream

PASSWORD = "correct horse battery"


def test_a_guest_signs_up_and_keeps_the_chats(chat: Chat) -> None:
    chat.send("Before I had an account")
    chat.sees_state("complete")
    page = chat.page
    page.get_by_role("link", name="Sign up").click()
    page.get_by_label("Username").fill("newcomer")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("Password (again)").fill(PASSWORD)
    page.get_by_role("button", name="Sign up").click()
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
    page = Desk(chat.page, server.url).sign_in("staff", PASSWORD).page
    page.goto(f"{server.url}/admin/chat/conversation/")
    page.get_by_role("textbox", name="Search").fill("sky")
    page.get_by_role("button", name="Search").click()
    page.get_by_role("link", name="Why is the sky blue?").first.click()
    expect(page.locator(".transcript")).to_contain_text("Hello world")


def test_a_page_that_is_not_there_leads_back(chat: Chat, complaints: list[str]) -> None:
    chat.open("/nowhere/")
    chat.page.get_by_role("link", name="Go to the chat").click()
    expect(chat.box).to_be_visible()
    assert all("404" in complaint for complaint in complaints)
    complaints.clear()


def test_a_page_asked_for_without_a_server_says_so_and_comes_back_by_itself(
    window: BrowserContext, model: Upstream, tmp_path: Path, complaints: list[str]
) -> None:
    with new_server(tmp_path, model) as server:
        chat = Chat(window.new_page(), server.url).open()
        chat.send("Why?")
        chat.sees_state("complete")
        chat.box.fill("A thought")
        chat.page.evaluate("navigator.serviceWorker.ready.then(() => null)")
        server.stop()
        chat.reload()
        expect(chat.page.get_by_role("heading")).to_have_text("The server can’t be reached.")
        expect(chat.page.get_by_role("link", name="Try again")).to_be_visible()
        chat.page.get_by_role("link", name="Try again").click()
        expect(chat.page.get_by_role("heading")).to_have_text("The server can’t be reached.")
        server.start()
        expect(chat.text).to_have_text("Hello world")
        expect(chat.box).to_have_value("A thought")
    complaints.clear()  # that there was no server


def test_a_form_sent_without_a_server_is_not_sent_again_behind_ones_back(
    window: BrowserContext, model: Upstream, tmp_path: Path, complaints: list[str]
) -> None:
    with new_server(tmp_path, model) as server:
        page = window.new_page()
        page.goto(server.url + "/chat/")
        page.evaluate("navigator.serviceWorker.ready.then(() => null)")
        page.goto(server.url + "/accounts/login/")
        page.get_by_label("Username or e-mail").fill("somebody")
        page.get_by_label("Password").fill("secret")
        server.stop()
        with suppress(Error):  # the browser's own page
            page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("heading", name="The server can’t be reached.")).to_have_count(0)
    complaints.clear()
