"""What a first visit has to fetch."""

import gzip
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage
from django.test import Client
from django.urls import reverse

pytestmark = pytest.mark.django_db

LIMIT = 50 * 1024  # bytes, gzipped


def test_all_script_and_style_of_the_chat_page_is_within_its_limit(client: Client) -> None:
    html = client.get(reverse("chat:new")).content.decode()
    waiting = re.findall(r'(?:src|href)="([^"]+\.(?:js|css))"', html)
    assert len(waiting) > 20
    seen: dict[str, int] = {}
    while waiting:
        url = waiting.pop()
        data = Path(staticfiles_storage.path(url.removeprefix(settings.STATIC_URL))).read_bytes()
        seen[url] = len(gzip.compress(data))
        folder = url.rsplit("/", 1)[0]
        waiting += [f"{folder}/{name}" for name in re.findall(r'from "\./([^"]+)"', data.decode())]
        waiting = [each for each in waiting if each not in seen]
    assert any("htmx" in url for url in seen)
    assert any("/memory." in url for url in seen)
    assert sum(seen.values()) <= LIMIT, seen
