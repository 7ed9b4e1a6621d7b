"""Static files through ASGI."""

from contextlib import nullcontext
from io import BytesIO

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


class HashedFiles(CompressedManifestStaticFilesStorage):
    """Hashed names also where one of our modules imports another. (Django's own switch for that,
    support_js_module_import_aggregation, reads every package's scripts and stumbles over htmx's extensions.)"""

    patterns = (
        *CompressedManifestStaticFilesStorage.patterns,
        ("chat/js/*.js", ((r"""(?P<matched>from "(?P<url>\./[^"]+)")""", 'from "%(url)s"'),)),
    )
