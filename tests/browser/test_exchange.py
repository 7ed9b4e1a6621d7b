"""A conversation leaves as a file and comes back from one."""

from pathlib import Path

from playwright.sync_api import BrowserContext, Page, expect

from tests.stage import ANSWER
from tests.steps import Chat
from tests.upstream import Finish, Say, Upstream

SAMPLES = Path(__file__).resolve().parents[1] / "samples"


def choose_export(chat: Chat) -> None:
    chat.page.locator("#heading .menu summary").click()
    chat.page.get_by_role("link", name="Export…").click()


def saved(page: Page, link: str, folder: Path) -> Path:
    with page.expect_download() as started:
        page.get_by_role("link", name=link, exact=True).click()
    path = folder / started.value.suggested_filename
    started.value.save_as(path)
    return path


def test_a_chat_goes_out_and_comes_back(chat: Chat, model: Upstream, tmp_path: Path, window: BrowserContext) -> None:
    model.script(Say(ANSWER), Finish())
    chat.send("Why is the sky blue?")
    chat.sees_state("complete")
    there = chat.path
    choose_export(chat)
    written = saved(chat.page, "JSON", tmp_path)
    alone = saved(chat.page, "Web page", tmp_path)
    assert saved(chat.page, "Markdown", tmp_path).read_text().startswith("# Why is the sky blue?")
    chat.page.get_by_role("navigation", name="Manage chats").get_by_role("link", name="Import and export").click()
    chat.bring(written)
    expect(chat.page.get_by_role("status")).to_have_text("0 imported, 1 already there")
    assert saved(chat.page, "Export all chats", tmp_path).suffix == ".zip"
    chat.bring(SAMPLES / "chatgpt.json")
    expect(chat.page.get_by_role("status")).to_have_text("2 imported, 1 refused")
    chat.page.get_by_role("link", name="Trip to Rome").click()
    expect(chat.text).to_have_text("Nearly two thousand years.")
    chat.answers.first.get_by_text("Colosseum").wait_for()
    expect(chat.chats.first).to_have_text("Why is the sky blue?")  # the imported ones are older
    page = window.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(alone.as_uri())
    expect(page.get_by_role("heading", name="Why is the sky blue?")).to_be_visible()
    expect(page.locator("pre code")).to_be_visible()
    assert asked == [alone.as_uri()]
    assert chat.open(there).page.title().startswith("Why is the sky blue?")


def test_it_works_without_script(plain_chat: Chat, model: Upstream) -> None:
    model.script(Say("Because."), Finish())
    plain_chat.send("Why?")
    choose_export(plain_chat)
    expect(plain_chat.page.get_by_role("link", name="JSON")).to_be_visible()
    plain_chat.open("/import/").bring(SAMPLES / "openwebui.json")
    plain_chat.page.get_by_role("link", name="Soup").click()
    expect(plain_chat.text).to_have_text("Lentil soup.")
