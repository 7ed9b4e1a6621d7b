"""A small OpenID Connect provider: a real HTTP server in a thread of its own, with one person who says yes at once.

    with Issuer() as issuer:
        issuer.person = {"sub": "1", "email": "a@example.org", "email_verified": True}
        ... # a site whose OIDC_ISSUER is issuer.url and whose client is CLIENT_ID with CLIENT_SECRET

Discovery, keys, an authorization endpoint that checks what it is asked, a token endpoint that checks the client, the
code and its PKCE verifier, and userinfo.
"""

import base64
import hashlib
import json
import secrets
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

CLIENT_ID = "chat"
CLIENT_SECRET = "a client's secret"
HOUR = 3_600  # seconds


class Issuer:
    def __init__(self) -> None:
        self.person: dict[str, Any] = {"sub": "17", "preferred_username": "ada", "email": "ada@example.org"}
        self.refuses = False
        self.codes: dict[str, dict[str, str]] = {}
        self.tokens: set[str] = set()
        self.key = rsa.generate_private_key(public_exponent=65_537, key_size=2048)
        issuer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                issuer.answer(self, {})

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                issuer.answer(self, flat(body))

            def log_message(self, format: str, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, traceback: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()

    def answer(self, request: BaseHTTPRequestHandler, form: dict[str, str]) -> None:
        address = urlsplit(request.path)
        match address.path:
            case "/.well-known/openid-configuration":
                send(request, self._configuration())
            case "/keys":
                send(request, {"keys": [json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key()))]})
            case "/authorize":
                self._authorize(request, flat(address.query))
            case "/token":
                self._exchange(request, form)
            case "/userinfo":
                token = request.headers.get("Authorization", "").removeprefix("Bearer ")
                known = token in self.tokens
                send(request, self.person if known else {"error": "invalid_token"}, 200 if known else 401)
            case _:
                send(request, {"error": "not_found"}, 404)

    def _configuration(self) -> dict[str, Any]:
        places = {"authorization_endpoint": "authorize", "token_endpoint": "token", "jwks_uri": "keys"}
        urls = {name: f"{self.url}/{path}" for name, path in {**places, "userinfo_endpoint": "userinfo"}.items()}
        return {"issuer": self.url, **urls, "token_endpoint_auth_methods_supported": ["client_secret_post"]}

    def _authorize(self, request: BaseHTTPRequestHandler, query: dict[str, str]) -> None:
        """Send the browser back with a code, as if somebody had signed in here."""
        fits = query["client_id"] == CLIENT_ID and query["response_type"] == "code" and "openid" in query["scope"]
        assert fits, query
        assert query["code_challenge_method"] == "S256"
        code = secrets.token_urlsafe()
        self.codes[code] = query
        said = {"error": "access_denied"} if self.refuses else {"code": code}
        request.send_response(302)
        request.send_header("Location", f"{query['redirect_uri']}?{urlencode({**said, 'state': query['state']})}")
        request.end_headers()

    def _exchange(self, request: BaseHTTPRequestHandler, form: dict[str, str]) -> None:
        asked = self.codes.pop(form.get("code", ""), None)
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        client = (form.get("client_id"), form.get("client_secret"))
        if asked is None or client != (CLIENT_ID, CLIENT_SECRET) or challenge != asked["code_challenge"]:
            send(request, {"error": "invalid_grant"}, 400)
            return
        token, now = secrets.token_urlsafe(), int(time.time())
        self.tokens.add(token)
        claims = {"iss": self.url, "aud": CLIENT_ID, "iat": now, "exp": now + HOUR, **self.person}
        id_token = jwt.encode(claims, self.key, algorithm="RS256")
        send(request, {"access_token": token, "token_type": "Bearer", "expires_in": HOUR, "id_token": id_token})


def flat(query: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(query).items()}


def send(request: BaseHTTPRequestHandler, value: object, status: int = 200) -> None:
    body = json.dumps(value).encode()
    request.send_response(status)
    request.send_header("Content-Type", "application/json")
    request.send_header("Content-Length", str(len(body)))
    request.end_headers()
    request.wfile.write(body)
