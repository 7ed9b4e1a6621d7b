"""The pages of things going wrong: each with its status, a sentence and a way on, in as few parts as can be."""

from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage
from django.test import Client, RequestFactory

from chat.models import User
from chat.views import errors
from tests.conftest import signed_in

EACH = [
    (400, errors.bad_request),
    (403, errors.forbidden),
    (404, errors.not_found),
    (500, errors.server_error),
]


@pytest.mark.parametrize(("status", "view"), EACH)
def test_an_error_page_needs_no_database_and_leads_on(status: int, view: object) -> None:
    """Without the database mark any query raises: whatever failed, this page doesn't need it."""
    response = view(RequestFactory().get("/"), Exception())  # type: ignore[operator]
    html = response.content.decode()
    assert response.status_code == status
    assert errors.TROUBLES[status].sentence in html
    assert 'href="/chat/"' in html


@pytest.mark.django_db
def test_staff_are_led_to_the_admin_and_not_to_sign_in_again() -> None:
    staff = User.objects.create_user("staff", is_staff=True)
    user = User.objects.create_user("user")
    expected = {staff: (True, False), user: (False, True), None: (False, True)}
    for who, (is_led, is_asked) in expected.items():
        client = signed_in(who) if who else Client()
        html = client.get("/not/here/").content.decode()
        assert ("Go to the admin" in html, "Sign in" in html) == (is_led, is_asked)


@pytest.mark.parametrize(("status", "view"), EACH)
def test_htmx_gets_the_sentence_alone(status: int, view: object) -> None:
    response = view(RequestFactory().get("/", headers={"HX-Request": "true"}), Exception())  # type: ignore[operator]
    assert response.status_code == status
    assert response.content.decode().strip() == f'<p class="notice">{errors.TROUBLES[status].sentence}</p>'


def test_what_a_host_header_can_not_be_is_400(client: Client) -> None:
    response = client.get("/chat/", headers={"Host": "evil.example"})
    assert (response.status_code, "could not be understood" in response.content.decode()) == (400, True)


# Offline


def test_the_service_worker_keeps_files_that_are_there(client: Client) -> None:
    script = client.get("/service-worker.js")
    assert script.headers["Content-Type"].startswith("text/javascript")
    kept = [line.strip(' ",') for line in script.content.decode().splitlines() if line.startswith('  "/')]
    assert len(kept) > 8
    for url in kept:
        assert Path(staticfiles_storage.path(url.removeprefix(settings.STATIC_URL))).is_file()


def test_the_page_it_keeps_needs_nothing_else(client: Client) -> None:
    html = client.get("/offline/").content.decode()
    script = client.get("/service-worker.js").content.decode()
    needed = {part.split('"')[0] for part in html.replace("#", '"').split('="/static/')[1:]}
    assert len(needed) > 6
    assert [path for path in needed if f'"/static/{path}"' not in script] == []
