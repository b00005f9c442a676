"""Settings of every process: web, worker, beat, commands and tests.

Everything that differs between two installations comes from the environment. Importing this module starts
nothing and writes nothing: where the project's private servers are used, `config.embedded` has put their
addresses and the generated keys into the environment before.
"""

from __future__ import annotations

import os
import secrets
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import dj_database_url
from celery.schedules import crontab
from csp.constants import NONE, SELF

from config import environment

BASE_DIR = Path(__file__).resolve().parent.parent

DEBUG = environment.flag("DEBUG")

# Without a given key every process makes its own: fine for a single command, and `check --deploy` refuses it for a
# server. `make run` keeps one under .data/.
SECRET_KEY = os.environ.get("SECRET_KEY") or secrets.token_urlsafe(50)
SECRET_KEY_FALLBACKS = environment.listed("SECRET_KEY_FALLBACKS", [])
SECRET_KEY_GIVEN = bool(os.environ.get("SECRET_KEY"))

# {version: 32 bytes}; the highest version encrypts. `rotate_keys` moves rows to it.
IDENTITY_KEYS = environment.keys("YILIAN_IDENTITY_KEYS")
INDEX_KEYS = environment.keys("YILIAN_INDEX_KEYS")

# The audit trail: keys of its seals (the highest version seals, earlier ones verify), where each newest seal is noted
# outside the database, and how many months stay searchable. Six is what the law asks for, less is refused.
SEAL_KEYS = environment.keys("YILIAN_SEAL_KEYS")
SEAL_LOG = os.environ.get("YILIAN_SEAL_LOG", "")
AUDIT_MONTHS = environment.whole("YILIAN_AUDIT_MONTHS", 36, least=6)
# Emergency access: how long a record stays open, and how often somebody may ask where a resident is registered.
BREAK_GLASS_HOURS = environment.whole("YILIAN_BREAK_GLASS_HOURS", 24)
BREAK_GLASS_LOOKUPS_A_DAY = environment.whole("YILIAN_BREAK_GLASS_LOOKUPS", 10)
BREAK_GLASS_LOOKUPS_AN_HOUR_AT_AN_ADDRESS = environment.whole("YILIAN_BREAK_GLASS_LOOKUPS_AT_AN_ADDRESS", 30)

ALLOWED_HOSTS = environment.listed("ALLOWED_HOSTS", ["127.0.0.1", "localhost", "[::1]"])
CSRF_TRUSTED_ORIGINS = environment.listed("CSRF_TRUSTED_ORIGINS", [])
INTERNAL_IPS = ["127.0.0.1"]

# The line of apps, highest first: a template or message of a higher app wins.
LOCAL_APPS = [
    "workbench",
    "exchange",
    "performance",
    "referrals",
    "followups",
    "patients",
    "alliances",
    "accounts",
    "journal",
]

INSTALLED_APPS = [
    "config",
    *LOCAL_APPS,
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.staticfiles",
    "django.forms",
    "axes",
    "csp",
    "django_filters",
    "django_htmx",
    "django_otp",
    "django_otp.plugins.otp_static",
    "django_otp.plugins.otp_totp",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "pghistory",
    "pgtrigger",
    "qsessions",  # instead of django.contrib.sessions
    "rest_framework",
    "template_partials",
    "tree_queries",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "qsessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "alliances.middleware.ChosenPostMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "journal.middleware.AddressMiddleware",
    "accounts.middleware.SessionLimitMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "accounts.middleware.SessionEndMiddleware",
    "accounts.middleware.GateMiddleware",
    "config.toasts.ToastMiddleware",
    "config.history.HistoryMiddleware",
    "config.outage.DatabaseOutageMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "config.navigation.navigation",
            ],
        },
    },
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

# Database. Two roles where two addresses are given: the owner migrates, the web role reads and writes rows.
# Nothing listens at the default address: a process that nobody gave a database fails at its first query.
DATABASE_URL = os.environ.get("DATABASE_URL") or "postgresql://nobody@127.0.0.1:1/no-database-given"
DATABASE_OWNER_URL = os.environ.get("DATABASE_OWNER_URL") or DATABASE_URL
DATABASE_WEB_ROLE = urlsplit(DATABASE_URL).username or ""
DATABASE_ROLES_APART = (urlsplit(DATABASE_OWNER_URL).username or "") != DATABASE_WEB_ROLE
_database = dj_database_url.parse(
    DATABASE_OWNER_URL if environment.flag("YILIAN_AS_OWNER") else DATABASE_URL,
    conn_max_age=60,
    conn_health_checks=True,
)
_database["OPTIONS"] = {"connect_timeout": 5, **_database.get("OPTIONS", {})}
DATABASES = {"default": {**_database, "ATOMIC_REQUESTS": False}}

# Redis: Celery's broker and a cache that may be lost. No request needs it.
REDIS_URL = os.environ.get("REDIS_URL") or "redis://127.0.0.1:1/0"
CACHES = {
    "default": {
        "BACKEND": "config.cache.LossyRedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "yilian",
        "OPTIONS": {"socket_connect_timeout": 1, "socket_timeout": 1},
    }
}

# Who is acting
AUTH_USER_MODEL = "accounts.User"
LOGIN_URL = "accounts:sign-in"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "accounts:sign-in"
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
# The national standard for level 3 asks for complexity, regular change and lock-out; the numbers are an installation's own.
PASSWORD_LENGTH = environment.whole("YILIAN_PASSWORD_LENGTH", 10)
PASSWORD_CLASSES = environment.whole("YILIAN_PASSWORD_CLASSES", 3)  # of four: lower, upper, digits, others
PASSWORD_DAYS = environment.whole("YILIAN_PASSWORD_DAYS", 90)  # 0: a password never grows old
PASSWORD_KEPT = environment.whole("YILIAN_PASSWORD_KEPT", 5)  # so many last ones may not come back
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"accounts.policy.{rule}"}
    for rule in ("Length", "CharacterClasses", "NotPersonal", "NotCommon", "NotRecent")
]

# Lock-out (accounts/lockout.py), for the page and the interface for systems together. A whole hospital may sit behind one
# address, which therefore has a limit of its own.
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
AXES_HANDLER = "accounts.lockout.Handler"
AXES_FAILURE_LIMIT = environment.whole("YILIAN_LOCK_REFUSALS", 5)
LOCK_ADDRESS_REFUSALS = environment.whole("YILIAN_LOCK_ADDRESS_REFUSALS", 100)
AXES_COOLOFF_TIME = timedelta(minutes=environment.whole("YILIAN_LOCK_MINUTES", 30))
AXES_LOCKOUT_PARAMETERS = ["username", "ip_address"]
AXES_CLIENT_IP_CALLABLE = "accounts.lockout.address_of"
AXES_USERNAME_CALLABLE = "accounts.lockout.stored_name"
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = (
    False  # whoever keeps trying does not lock somebody out for longer
)
AXES_DISABLE_ACCESS_LOG = True  # the audit trail says who signed in
AXES_ENABLE_ADMIN = AXES_VERBOSE = False

# A hospital's own identity provider (accounts/single_sign_on): off without an issuer. Addresses are given one by one, so that
# starting asks nobody anything.
OIDC_ISSUER = os.environ.get("YILIAN_OIDC_ISSUER", "")
OIDC_ENABLED = bool(OIDC_ISSUER)
OIDC_NAME = os.environ.get("YILIAN_OIDC_NAME") or "SSO"
OIDC_OP_AUTHORIZATION_ENDPOINT = os.environ.get("YILIAN_OIDC_AUTHORIZATION_URL", "")
OIDC_OP_TOKEN_ENDPOINT = os.environ.get("YILIAN_OIDC_TOKEN_URL", "")
OIDC_OP_USER_ENDPOINT = os.environ.get("YILIAN_OIDC_USERINFO_URL", "")
OIDC_OP_JWKS_ENDPOINT = os.environ.get("YILIAN_OIDC_KEYS_URL", "")
OIDC_RP_CLIENT_ID = os.environ.get("YILIAN_OIDC_CLIENT_ID", "")
OIDC_RP_CLIENT_SECRET = os.environ.get("YILIAN_OIDC_CLIENT_SECRET", "")
OIDC_RP_SCOPES = "openid"
OIDC_RP_SIGN_ALGO = os.environ.get("YILIAN_OIDC_ALGORITHM") or "RS256"
OIDC_USE_PKCE = True
OIDC_CREATE_USER = False
OIDC_TIMEOUT = 10
OIDC_AUTHENTICATION_CALLBACK_URL = "accounts:single-sign-on-return"
LOGIN_REDIRECT_URL_FAILURE = "accounts:sign-in"
if OIDC_ENABLED:
    AUTHENTICATION_BACKENDS.append("accounts.single_sign_on.backend.LinkedBackend")

# Second factor (accounts/second_factor.py)
OTP_TOTP_ISSUER = os.environ.get("YILIAN_OTP_ISSUER") or "Yilian"
OTP_ADMIN_HIDE_SENSITIVE_DATA = True

# Sessions (accounts/sessions.py) live in the database: no request needs Redis.
SESSION_ENGINE = "qsessions.backends.db"
SESSION_IDLE = timedelta(minutes=environment.whole("YILIAN_IDLE_MINUTES", 30))
SESSION_LIFETIME = timedelta(hours=environment.whole("YILIAN_SESSION_HOURS", 12))
SESSION_COOKIE_AGE = int(SESSION_LIFETIME.total_seconds())
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "accounts.views.csrf_failure"

# Transport. `make run` serves plain HTTP on this machine only and says YILIAN_HTTPS=0; everything else is behind TLS.
HTTPS = environment.flag("YILIAN_HTTPS", default=not DEBUG)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = HTTPS
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_HSTS_SECONDS = environment.whole("HSTS_SECONDS", 30 * 24 * 3600) if HTTPS else 0
# Other hosts of a hospital's domain are not ours to force onto TLS or into a browser's preload list.
# The lock-out is answered by the sign-in form and the interface themselves, not by axes' middleware.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021", "axes.W002"]
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "connect-src": [SELF],
        "font-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        # The form that links an account to a hospital's own is answered by a redirect to the provider.
        "form-action": [SELF, environment.origin(OIDC_OP_AUTHORIZATION_ENDPOINT)] if OIDC_ENABLED else [SELF],
        "frame-ancestors": [NONE],
    }
}

# Languages and days
LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
LANGUAGE_COOKIE_NAME = "yilian_language"
LOCALE_PATHS = [BASE_DIR / "locale" / app for app in [*LOCAL_APPS, "config"]]
USE_I18N = True
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True

# Static files. Without YILIAN_STATIC_ROOT they are served as they lie; a release collects, hashes and compresses.
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static", ("vendor", BASE_DIR / "build" / "vendor")]
# The Chinese letters of printed papers.
FONTS_DIR = Path(os.environ.get("YILIAN_FONTS") or BASE_DIR / "build" / "fonts")
STATIC_ROOT = os.environ.get("YILIAN_STATIC_ROOT") or None
WHITENOISE_USE_FINDERS = STATIC_ROOT is None
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if STATIC_ROOT
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
DATA_DIR = Path(os.environ.get("YILIAN_DATA") or BASE_DIR / ".data")
MEDIA_ROOT = DATA_DIR / "media"

# Mail
EMAIL = environment.email(os.environ.get("EMAIL_URL", ""))
EMAIL_HOST, EMAIL_PORT = EMAIL["EMAIL_HOST"], EMAIL["EMAIL_PORT"]
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = EMAIL["EMAIL_HOST_USER"], EMAIL["EMAIL_HOST_PASSWORD"]
EMAIL_USE_SSL, EMAIL_USE_TLS = EMAIL["EMAIL_USE_SSL"], EMAIL["EMAIL_USE_TLS"]
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = os.environ.get("DEFAULT_FROM_EMAIL") or "yilian@localhost"

# Machines. Bearer tokens only: no cookie opens the API, so nothing in it needs a CSRF token.
REST_FRAMEWORK = {
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_AUTHENTICATION_CLASSES": ["accounts.authentication.BearerAuthentication"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "EXCEPTION_HANDLER": "exchange.api.problems.handle",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
    "URL_FORMAT_OVERRIDE": None,
}
# Requests a minute of a system that has no number of its own, and of a person.
API_REQUESTS_PER_MINUTE = environment.whole("YILIAN_API_REQUESTS_PER_MINUTE", 600)
SPECTACULAR_SETTINGS = {
    "TITLE": "Yilian",
    "DESCRIPTION": "The archive, follow-ups, referrals and figures of a medical alliance, for other systems.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "ENUM_NAME_OVERRIDES": {
        "Grade": "patients.models.encounter.Grade",
        "Programme": "patients.programmes.Programme",
        "ReferralState": "referrals.states.State",
    },
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "exchange.api.documents.with_problems",
    ],
}

# Unhurried work. Tasks take ids or nothing and may run twice: late acknowledgement loses none when a worker dies.
CELERY_BROKER_URL = REDIS_URL
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 3600,
    "socket_connect_timeout": 2,
    "socket_timeout": 10,
}
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_TIME_LIMIT = 1800
CELERY_TASK_DEFAULT_QUEUE = "yilian"
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = TIME_ZONE
CELERY_ENABLE_UTC = True
CELERY_BEAT_SCHEDULER = "config.heartbeat.Scheduler"
CELERY_BEAT_SCHEDULE_FILENAME = str(DATA_DIR / "beat-schedule")
# How many days before a certificate ends its holder and the administrators are told.
CERTIFICATE_WARNING_DAYS = environment.wholes("YILIAN_CERTIFICATE_DAYS", (90, 30, 7))
# How often beat asks for the work that people wait for; the planner of reminders runs hourly unless seconds are given.
_REFRESH_SECONDS = environment.whole("YILIAN_REFRESH_SECONDS", 120)
_DELIVER_SECONDS = environment.whole("YILIAN_DELIVER_SECONDS", 30)
_PLAN_SECONDS = environment.whole("YILIAN_PLAN_SECONDS", 0)
CELERY_BEAT_SCHEDULE = {
    "heartbeat": {"task": "config.tasks.beat_heart", "schedule": 20.0, "options": {"expires": 20}},
    "refresh-indicators": {
        "task": "performance.tasks.refresh",
        "schedule": float(_REFRESH_SECONDS),
        "options": {"expires": _REFRESH_SECONDS},
    },
    "plan-reminders": {
        "task": "followups.tasks.plan_reminders",
        "schedule": float(_PLAN_SECONDS) if _PLAN_SECONDS else crontab(minute="5"),
    },
    "tend-follow-up-calendar": {"task": "followups.tasks.tend_calendar", "schedule": crontab(minute="20")},
    "tidy-sign-in": {"task": "accounts.tasks.tidy", "schedule": crontab(hour="3", minute="40")},
    "forget-drafts": {"task": "followups.tasks.forget_drafts", "schedule": crontab(hour="3", minute="50")},
    "warn-of-certificates": {
        "task": "alliances.tasks.warn_of_certificates",
        "schedule": crontab(hour="6", minute="10"),
    },
    "seal-audit": {"task": "journal.tasks.seal", "schedule": 60.0, "options": {"expires": 60}},
    "partitions": {"task": "journal.tasks.make_partitions", "schedule": crontab(hour="3", minute="20")},
    "deliver": {
        "task": "journal.tasks.deliver",
        "schedule": float(_DELIVER_SECONDS),
        "options": {"expires": _DELIVER_SECONDS},
    },
    "tend-imports": {"task": "exchange.tasks.tend_imports", "schedule": 60.0, "options": {"expires": 60}},
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": os.environ.get("LOG_LEVEL", "INFO").upper()},
    "loggers": {
        "django": {"handlers": [], "level": "INFO", "propagate": True},
        "axes": {"level": "WARNING"},
    },
}
