"""Every setting of the site, and the only reader of the environment.

Each variable stands once in `env`'s scheme below, with its type and default; docs/configuration.md has a
line for each (a test compares the two).
"""

import re
from pathlib import Path
from typing import Any

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from chatsite.prices import Prices, prices_in
from chatsite.secret import kept_secret_key

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.Env(
    SECRET_KEY=(str, ""),
    DEBUG=(bool, False),
    ALLOWED_HOSTS=(list, ["localhost", "127.0.0.1", "[::1]"]),
    CSRF_TRUSTED_ORIGINS=(list, []),
    DATABASE_URL=(str, ""),
    DATABASE_POOL_SIZE=(int, 10),
    DATABASE_LOCK_SECONDS=(int, 5),
    REDIS_URL=(str, ""),
    OIDC_NAME=(str, "Single sign-on"),
    OIDC_ISSUER=(str, ""),
    OIDC_CLIENT_ID=(str, ""),
    OIDC_CLIENT_SECRET=(str, ""),
    OIDC_ONLY=(bool, False),
    OIDC_TRUST_EMAIL=(bool, False),
    CHAT_STAFF_MFA=(bool, False),
    EMAIL_URL=(str, "consolemail://"),
    DEFAULT_FROM_EMAIL=(str, "ChatStream <chatstream@localhost>"),
    OPENAI_API_KEY=(str, ""),
    OPENAI_BASE_URL=(str, ""),
    CHAT_MODELS=(list, []),
    CHAT_SYSTEM_PROMPT=(str, "You are a helpful assistant. Give clear, accurate and brief answers."),
    CHAT_CONTEXT_TOKENS=(int, 0),
    CHAT_TITLE_MODEL=(str, ""),
    CHAT_PRICES=(list, []),
    CHAT_LOCAL_MODEL=(str, ""),
    CHAT_CONTINUE=(str, ""),
    CHAT_IMAGE_HOSTS=(list, []),
    CHAT_GUESTS=(str, ""),
    CHAT_GUESTS_PER_HOUR=(int, 60),
    CHAT_GUEST_MESSAGES_PER_MINUTE=(int, 30),
    CHAT_TRUSTED_PROXIES=(int, 0),
    CHAT_HTTPS=(bool, False),
    CHAT_REVIEW=(str, "all"),
    CHAT_REVIEW_EXCEPT_GROUPS=(list, []),
    CHAT_READ_LOG=(bool, True),
    CHAT_READ_LOG_REASON=(bool, False),
    CHAT_REVIEW_MINUTES=(int, 15),
    CHAT_READ_LOG_DAYS=(int, 0),
    CHAT_READ_LOG_SHOWN=(bool, False),
    CHAT_REDACT_REGION=(str, "US"),
    CHAT_REDACT_NAMES=(list, []),
    CHAT_VAR_DIR=(str, str(BASE_DIR / "var")),
    CHAT_RUNNER=(str, "local"),
    CHAT_WORKER_CONCURRENCY=(int, 100),
    CHAT_MAX_MESSAGE_CHARACTERS=(int, 32_000),
    CHAT_MAX_SYSTEM_PROMPT_CHARACTERS=(int, 8_000),
    CHAT_MAX_ANSWER_BYTES=(int, 1_048_576),
    CHAT_MAX_ANSWER_TOKENS=(int, 0),
    CHAT_CONNECT_SECONDS=(float, 10.0),
    CHAT_FIRST_TOKEN_SECONDS=(float, 60.0),
    CHAT_SILENCE_SECONDS=(float, 60.0),
    CHAT_ANSWER_SECONDS=(float, 900.0),
    CHAT_MAX_RUNNING=(int, 5),
    CHAT_MAX_STREAMS=(int, 20),
    CHAT_RETRIES=(int, 2),
    CHAT_GRACE_SECONDS=(float, 8.0),
    CHAT_SEND_SECONDS=(float, 30.0),
    CHAT_IMPORT_MAX_BYTES=(int, 200_000_000),
    CHAT_IMPORT_MAX_CONVERSATIONS=(int, 5_000),
    CHAT_IMPORT_MAX_CONVERSATION_BYTES=(int, 20_000_000),
    CHAT_IMPORT_MAX_MESSAGES=(int, 10_000),
    CHAT_IMPORT_MAX_CHARACTERS=(int, 2_000_000),
)


# Where run-time state lives: the SQLite file, the generated key, collected static files.

VAR_DIR = Path(env("CHAT_VAR_DIR")).resolve()
VAR_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)


# Security

SECRET_KEY: str = env("SECRET_KEY") or kept_secret_key(VAR_DIR / "secret-key")
DEBUG: bool = env("DEBUG")
ALLOWED_HOSTS: list[str] = env("ALLOWED_HOSTS")
CSRF_TRUSTED_ORIGINS: list[str] = env("CSRF_TRUSTED_ORIGINS")
CSRF_FAILURE_VIEW = "chat.views.errors.csrf_failure"

CHAT_HTTPS: bool = env("CHAT_HTTPS")
SECURE_SSL_REDIRECT = CHAT_HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if CHAT_HTTPS else None
SECURE_HSTS_SECONDS = 31_536_000 if CHAT_HTTPS else 0
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]  # HSTS for other hosts of the domain is not ours to set
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]  # probes come over plain HTTP from inside
SESSION_COOKIE_SECURE = CHAT_HTTPS
CSRF_COOKIE_SECURE = CHAT_HTTPS
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

CHAT_IMAGE_HOSTS = frozenset(host.lower() for host in env("CHAT_IMAGE_HOSTS"))
if odd := [host for host in CHAT_IMAGE_HOSTS if not re.fullmatch(r"[a-z0-9.-]+(:\d+)?", host)]:
    raise ImproperlyConfigured(f"CHAT_IMAGE_HOSTS: {odd[0]!r} is not the name of a host.")

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, *(f"https://{host}" for host in sorted(CHAT_IMAGE_HOSTS))],
        "frame-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}


# The site

ROOT_URLCONF = "chatsite.urls"
ASGI_APPLICATION = "chatsite.asgi.application"

INSTALLED_APPS = [
    "chat",  # before staticfiles, whose runserver serves WSGI and would win otherwise
    "chatsite.apps.AdminConfig",
    "django.contrib.auth",
    "django.contrib.humanize",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "csp",
    "django_htmx",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "chatsite.static.StaticFiles",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "chat.listing.zone",
                "chat.announcing.announcements",
            ],
        },
    }
]

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True
FORMAT_MODULE_PATH = "chatsite.formats"


# Database: a URL, or SQLite in var/ (docs/architecture.md tells why each option is there)

DATABASES: dict[str, dict[str, Any]] = {
    "default": env.db_url_config(env("DATABASE_URL"))
    if env("DATABASE_URL")
    else {"ENGINE": "django.db.backends.sqlite3", "NAME": str(VAR_DIR / "chat.sqlite3")}
}
_database = DATABASES["default"]
_engine = _database.get("ENGINE", "")
_database["CONN_MAX_AGE"] = 0
if _engine.endswith("sqlite3"):
    _database["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,  # seconds
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;",
    }
    # A file, not memory: the writer, the engine and the readers have a thread and a connection each.
    _database["TEST"] = {"NAME": str(VAR_DIR / "test.sqlite3")}
elif _engine.endswith("postgresql"):
    _database["CONN_HEALTH_CHECKS"] = True
    _database.setdefault("OPTIONS", {})["pool"] = {
        "min_size": 1,
        "max_size": env("DATABASE_POOL_SIZE"),
        "timeout": 10,  # seconds a request waits for a connection
    }
else:
    raise ImproperlyConfigured("DATABASE_URL: ChatStream runs on SQLite and PostgreSQL.")
DATABASE_LOCK_SECONDS: int = env("DATABASE_LOCK_SECONDS")  # PostgreSQL; on SQLite it is the time-out above
if DATABASE_LOCK_SECONDS < 1:
    raise ImproperlyConfigured("DATABASE_LOCK_SECONDS: an answer waits at least one second for a lock.")
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"


# The HTML of finished messages, which a page trusts: so in the process's own memory, where nobody else can write, and
# which ends with the code that made it. Some 10 MB when full, 100 MB at the very most.

_MEMORY = "django.core.cache.backends.locmem.LocMemCache"
CACHES: dict[str, dict[str, Any]] = {
    "default": {"BACKEND": _MEMORY},
    "rendering": {
        "BACKEND": _MEMORY,
        "LOCATION": "rendering",
        "TIMEOUT": None,
        "OPTIONS": {"MAX_ENTRIES": 2_000},
    },
}


# Wake-ups between processes; without it they stay within each, and others are found by the poll

REDIS_URL: str = env("REDIS_URL")
if REDIS_URL and not REDIS_URL.startswith(("redis://", "rediss://", "unix://")):
    raise ImproperlyConfigured("REDIS_URL: say redis://host:6379, rediss://… for TLS, or unix:///path/to/socket.")
if REDIS_URL:  # what counts attempts counts them for all processes, then
    CACHES["default"] = {
        "BACKEND": "chatsite.cache.ForgivingRedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "chatstream",
        "OPTIONS": {"socket_connect_timeout": 1, "socket_timeout": 1},  # seconds
    }


# Who generates: the web process itself, or workers that take answers from a queue in the database

CHAT_RUNNER: str = env("CHAT_RUNNER")
CHAT_WORKER_CONCURRENCY: int = env("CHAT_WORKER_CONCURRENCY")

if CHAT_RUNNER not in ("local", "procrastinate"):
    raise ImproperlyConfigured("CHAT_RUNNER: say 'local' or 'procrastinate'.")
if CHAT_WORKER_CONCURRENCY < 1:
    raise ImproperlyConfigured("CHAT_WORKER_CONCURRENCY: a worker takes at least one answer at a time.")
if CHAT_RUNNER == "procrastinate":
    if not _engine.endswith("postgresql"):
        raise ImproperlyConfigured("CHAT_RUNNER: 'procrastinate' keeps its queue in PostgreSQL; set DATABASE_URL.")
    INSTALLED_APPS.append("procrastinate.contrib.django")  # the queue's tables


# Static files: hashed names, compressed, served by the application itself

STATIC_URL = "static/"
STATIC_ROOT = VAR_DIR / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage" if DEBUG else "chatsite.static.HashedFiles"
    },
}
WHITENOISE_USE_FINDERS = DEBUG
WHITENOISE_AUTOREFRESH = DEBUG


# Accounts

AUTH_USER_MODEL = "chat.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "chat:new"
LOGOUT_REDIRECT_URL = "chat:new"
ACCOUNT_ADAPTER = "chat.accounts.AccountAdapter"
ACCOUNT_FORMS = {"login": "chat.account_forms.LoginForm", "signup": "chat.account_forms.SignupForm"}
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "optional"
ACCOUNT_EMAIL_SUBJECT_PREFIX = "[ChatStream] "
ACCOUNT_AUTHENTICATED_LOGIN_REDIRECTS = False  # a guest is signed in already and may still sign up

# Signing in with a team's own accounts, by OpenID Connect

OIDC_NAME: str = env("OIDC_NAME")
OIDC_ONLY: bool = env("OIDC_ONLY")
_issuer, _client_id = env("OIDC_ISSUER").removesuffix("/"), env("OIDC_CLIENT_ID")
if bool(_issuer) != bool(_client_id):
    raise ImproperlyConfigured("OIDC_ISSUER and OIDC_CLIENT_ID: set both, or neither.")
if _issuer and not _issuer.startswith(("https://", "http://")):
    raise ImproperlyConfigured("OIDC_ISSUER: say where it is, https://….")
if OIDC_ONLY and not _issuer:
    raise ImproperlyConfigured("OIDC_ONLY: nobody could sign in without OIDC_ISSUER.")
_app = {
    "provider_id": "oidc",
    "name": OIDC_NAME,
    "client_id": _client_id,
    "secret": env("OIDC_CLIENT_SECRET"),
    "settings": {"server_url": _issuer},
}
SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"OAUTH_PKCE_ENABLED": True, "APPS": [_app] if _issuer else []}}
SOCIALACCOUNT_ADAPTER = "chat.accounts.SocialAccountAdapter"
SOCIALACCOUNT_EMAIL_VERIFICATION = "none"  # theirs to do
SOCIALACCOUNT_EMAIL_AUTHENTICATION: bool = env("OIDC_TRUST_EMAIL")  # whether a verified address opens an account here
SOCIALACCOUNT_EMAIL_AUTHENTICATION_AUTO_CONNECT: bool = env("OIDC_TRUST_EMAIL")


# A second factor: codes of an app, and passkeys, which may stand alone

MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = not OIDC_ONLY
MFA_ALLOW_UNVERIFIED_EMAIL = True  # an address needs no verifying here, and staff may be asked for a second factor
MFA_TOTP_ISSUER = "ChatStream"
MFA_TOTP_TOLERANCE = 1  # periods of 30 s before and after
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not CHAT_HTTPS  # which browsers grant localhost alone
CHAT_STAFF_MFA: bool = env("CHAT_STAFF_MFA")

# Who tries too often waits (allauth counts, in the default cache); the address is the one that the nearest of the
# trusted proxies saw.

ALLAUTH_TRUSTED_PROXY_COUNT: int = env("CHAT_TRUSTED_PROXIES")
_guests: int = env("CHAT_GUESTS_PER_HOUR")
_messages: int = env("CHAT_GUEST_MESSAGES_PER_MINUTE")
ACCOUNT_RATE_LIMITS = {
    "login": "30/m/ip",
    "login_failed": "10/m/ip,5/5m/key",
    "signup": "20/m/ip",
    "reset_password": "20/m/ip,5/m/key",
    "reset_password_from_key": "20/m/ip",
    "change_password": "5/m/user",
    "manage_email": "10/m/user",
    "reauthenticate": "10/m/user",
    "new_guest": f"{_guests}/h/ip" if _guests else None,
    "guest_message": f"{_messages}/m/ip" if _messages else None,
}

vars().update(env.email_url_config(env("EMAIL_URL")))
DEFAULT_FROM_EMAIL: str = env("DEFAULT_FROM_EMAIL")


# Chat

OPENAI_API_KEY: str = env("OPENAI_API_KEY")
OPENAI_BASE_URL: str = env("OPENAI_BASE_URL")
CHAT_EMBEDDED = not (OPENAI_API_KEY or OPENAI_BASE_URL)
CHAT_LOCAL_MODEL: str = env("CHAT_LOCAL_MODEL")
CHAT_MODELS: list[str] = env("CHAT_MODELS")
CHAT_SYSTEM_PROMPT: str = env("CHAT_SYSTEM_PROMPT")
CHAT_CONTEXT_TOKENS: int = env("CHAT_CONTEXT_TOKENS")
CHAT_TITLE_MODEL: str = "" if CHAT_EMBEDDED else env("CHAT_TITLE_MODEL")  # the small one has other things to do
CHAT_PRICES: Prices = prices_in(env("CHAT_PRICES"))
CHAT_CONTINUE: str = env("CHAT_CONTINUE") or ("prefill" if CHAT_EMBEDDED else "ask")
CHAT_GUESTS: bool = env.parse_value(env("CHAT_GUESTS"), bool) if env("CHAT_GUESTS") else CHAT_EMBEDDED

CHAT_MAX_MESSAGE_CHARACTERS: int = env("CHAT_MAX_MESSAGE_CHARACTERS")
CHAT_MAX_SYSTEM_PROMPT_CHARACTERS: int = env("CHAT_MAX_SYSTEM_PROMPT_CHARACTERS")
CHAT_MAX_ANSWER_BYTES: int = env("CHAT_MAX_ANSWER_BYTES")
CHAT_MAX_ANSWER_TOKENS: int = env("CHAT_MAX_ANSWER_TOKENS")
CHAT_MAX_RUNNING: int = env("CHAT_MAX_RUNNING")
CHAT_MAX_STREAMS: int = env("CHAT_MAX_STREAMS")
CHAT_CONNECT_SECONDS: float = env("CHAT_CONNECT_SECONDS")
CHAT_FIRST_TOKEN_SECONDS: float = env("CHAT_FIRST_TOKEN_SECONDS")
CHAT_SILENCE_SECONDS: float = env("CHAT_SILENCE_SECONDS")
CHAT_ANSWER_SECONDS: float = env("CHAT_ANSWER_SECONDS")
CHAT_RETRIES: int = env("CHAT_RETRIES")
CHAT_GRACE_SECONDS: float = env("CHAT_GRACE_SECONDS")
CHAT_SEND_SECONDS: float = env("CHAT_SEND_SECONDS")
CHAT_IMPORT_MAX_BYTES: int = env("CHAT_IMPORT_MAX_BYTES")
CHAT_IMPORT_MAX_CONVERSATIONS: int = env("CHAT_IMPORT_MAX_CONVERSATIONS")
CHAT_IMPORT_MAX_CONVERSATION_BYTES: int = env("CHAT_IMPORT_MAX_CONVERSATION_BYTES")
CHAT_IMPORT_MAX_MESSAGES: int = env("CHAT_IMPORT_MAX_MESSAGES")
CHAT_IMPORT_MAX_CHARACTERS: int = env("CHAT_IMPORT_MAX_CHARACTERS")

CHAT_REVIEW: str = env("CHAT_REVIEW")
CHAT_REVIEW_EXCEPT_GROUPS: list[str] = env("CHAT_REVIEW_EXCEPT_GROUPS")
CHAT_READ_LOG: bool = env("CHAT_READ_LOG")
CHAT_READ_LOG_REASON: bool = env("CHAT_READ_LOG_REASON")
CHAT_REVIEW_MINUTES: int = env("CHAT_REVIEW_MINUTES")
CHAT_READ_LOG_DAYS: int = env("CHAT_READ_LOG_DAYS")
CHAT_READ_LOG_SHOWN: bool = env("CHAT_READ_LOG_SHOWN")
CHAT_REDACT_REGION: str = env("CHAT_REDACT_REGION").upper()
CHAT_REDACT_NAMES: list[str] = env("CHAT_REDACT_NAMES")

if CHAT_REVIEW not in ("all", "opt-out", "opt-in"):
    raise ImproperlyConfigured("CHAT_REVIEW: say 'all', 'opt-out' or 'opt-in'.")
if CHAT_REVIEW_MINUTES < 1:
    raise ImproperlyConfigured("CHAT_REVIEW_MINUTES: a reviewer gets at least one minute for a chat.")
if CHAT_READ_LOG_DAYS < 0:
    raise ImproperlyConfigured("CHAT_READ_LOG_DAYS: say how many days; 0 is for ever.")
if CHAT_READ_LOG_DAYS > 36_500:
    raise ImproperlyConfigured("CHAT_READ_LOG_DAYS: say at most 36500 days; 0 is for ever.")
if not re.fullmatch("[A-Z]{2}", CHAT_REDACT_REGION):
    raise ImproperlyConfigured("CHAT_REDACT_REGION: say a country by its two letters, such as US or DE.")
if CHAT_LOCAL_MODEL and not Path(CHAT_LOCAL_MODEL).is_file():
    raise ImproperlyConfigured(f"CHAT_LOCAL_MODEL: there is no file {CHAT_LOCAL_MODEL}.")
if CHAT_CONTEXT_TOKENS and CHAT_CONTEXT_TOKENS < 256:
    raise ImproperlyConfigured("CHAT_CONTEXT_TOKENS: a window holds at least 256 tokens; say 0 to have it learned.")
if CHAT_CONTINUE not in ("prefill", "ask"):
    raise ImproperlyConfigured("CHAT_CONTINUE: say 'prefill' or 'ask'.")


LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "loggers": {
        "chat": {"handlers": ["stderr"], "level": "INFO"},
        "django": {"handlers": ["stderr"], "level": "WARNING", "propagate": False},
    },
}
