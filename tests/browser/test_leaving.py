"""A person takes everything away and goes, with script and without."""

import json
import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.steps import Chat
from tests.upstream import Finish, Say, Upstream


@pytest.fixture(params=["chat", "plain_chat"])
def somebody(request: pytest.FixtureRequest) -> Chat:
    found: Chat = request.getfixturevalue(request.param)
    return found


def test_somebody_takes_everything_and_goes(somebody: Chat, model: Upstream, tmp_path: Path) -> None:
    model.script(Say("Because."), Finish())
    somebody.send("Why is the sky blue?")
    expect(somebody.questions.first).to_contain_text("Why is the sky blue?")
    there = somebody.path
    page = somebody.open("/chats/").page
    page.get_by_role("link", name="Your account").click()
    with page.expect_download() as started:
        page.get_by_role("link", name="Download everything").click()
    started.value.save_as(tmp_path / "everything.zip")
    with zipfile.ZipFile(tmp_path / "everything.zip") as archive:
        assert json.loads(archive.read("account.json"))["profile"]["is_guest"] is True
        assert json.loads(archive.read("manifest.json"))["count"] == 1
    page.get_by_role("link", name="Delete account and everything…").click()
    expect(page.get_by_text("the one chat you have")).to_be_visible()
    page.get_by_label("Type “delete” to confirm").fill("delete")
    page.get_by_role("button", name="Delete account and everything").click()
    expect(page.get_by_role("heading", name="Your account is deleted")).to_be_visible()
    somebody.open(there)
    assert somebody.path != there  # asked to sign in
