"""Static files through ASGI."""

import re
from contextlib import nullcontext
from io import BytesIO
from typing import Any

from django.core.files.base import ContentFile
from django.http import HttpRequest, HttpResponse
from whitenoise.middleware import WhiteNoiseMiddleware
from whitenoise.responders import StaticFile
from whitenoise.storage import CompressedManifestStaticFilesStorage


class StaticFiles(WhiteNoiseMiddleware):
    """WhiteNoise, answering whole files: its file responses are synchronous streams, which ASGI gathers up anyway,
    with a warning for each."""

    @staticmethod
    def serve(static_file: StaticFile, request: HttpRequest) -> HttpResponse:
        found = static_file.get_response(request.method, request.META)
        with found.file or nullcontext(BytesIO()) as file:
            response = HttpResponse(file.read(), status=int(found.status))
        del response["Content-Type"]
        for name, value in found.headers:
            response[name] = value
        return response


COMMENTS = {
    ".css": re.compile(rb"\s*/\*.*?\*/", re.DOTALL),
    ".js": re.compile(rb"^\s*//.*\n", re.MULTILINE),  # lines of their own: what stands behind code may be a string
}


class HashedFiles(CompressedManifestStaticFilesStorage):
    """Hashed names also where one of our modules imports another. (Django's own switch for that,
    support_js_module_import_aggregation, reads every package's scripts and stumbles over htmx's extensions.)

    Our comments stay here: they are for who reads the sources, and an eighth of what a first visit would fetch.
    """

    patterns = (
        *CompressedManifestStaticFilesStorage.patterns,
        ("chat/js/*.js", ((r"""(?P<matched>from "(?P<url>\./[^"]+)")""", 'from "%(url)s"'),)),
    )

    def _save(self, name: str, content: Any) -> str:
        comments = COMMENTS.get(name[name.rfind(".") :]) if name.startswith(("chat/css/", "chat/js/")) else None
        if comments:
            content.seek(0)  # its hash was taken
            content = ContentFile(comments.sub(b"", content.read()))
        saved: str = super()._save(name, content)
        return saved
