"""Every setting of the project, in one file. What differs between machines comes from the environment.

A variable that is missing or malformed stops the start, with all others that are: nothing fails later, in a
request. DEBUG=true means development: only then do `development=` values hold, and development tools load.
`tenfold env` lists the variables; `.env.example` is what it wrote.
"""

from __future__ import annotations

import sys
from pathlib import Path

import django
from django_tenfold.conf import Environment
from django_tenfold.observability.log_config import logging_config
from django_tenfold.observability.sentry import init_sentry

BASE_DIR = Path(__file__).resolve().parent.parent
TESTING = "test" in sys.argv[1:2]

env = Environment(BASE_DIR / ".env")

# Who answers, and under which name

DEBUG = env.bool("DEBUG", default=False, help="Development: error pages with source, development tools")
SECRET_KEY = env.secret("SECRET_KEY", at_least=50, help="Signs sessions, password resets and tokens")
ALLOWED_HOSTS = env.list(
    "ALLOWED_HOSTS",
    development=["localhost", "127.0.0.1", "[::1]"],
    example="example.com,www.example.com",
    help="The names under which the site is reached",
)
CSRF_TRUSTED_ORIGINS = env.list(
    "CSRF_TRUSTED_ORIGINS",
    default=[],
    example="https://app.example.com",
    help="Other origins whose pages may send forms here",
)
ROOT_URLCONF = "bazaar.urls"
WSGI_APPLICATION = "bazaar.wsgi.application"
ASGI_APPLICATION = "bazaar.asgi.application"

# What it is made of

INSTALLED_APPS = [
    "pages",
    "people",
    "django_tenfold",
    "django_tenfold.accounts",
    "django_tenfold.conf",
    "django_tenfold.observability",
    "django_tenfold.tasks",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
]
MIDDLEWARE = [
    # First: answers /livez, /readyz and /metrics before anything can refuse them; then records each request.
    "django_tenfold.observability.health_middleware.HealthMiddleware",
    "django_tenfold.observability.middleware.RequestMiddleware",
    "django.middleware.security.SecurityMiddleware",
    # In place of Django's two: the session and the user come from memory, without a query.
    "django_tenfold.accounts.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django_tenfold.accounts.middleware.AuthenticationMiddleware",
    "django_tenfold.accounts.throttle_middleware.throttle_middleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,  # without "loaders": Django then compiles each template once
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

# Where it keeps things: each is one URL

DATABASES = env.databases(
    application_name="bazaar",
    development=f"sqlite:///{BASE_DIR / 'db.sqlite3'}",
)
DATABASE_ROUTERS = ["django_tenfold.conf.replicas.ReplicaRouter"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = env.caches(prefix="bazaar", development="locmem://")
STORAGES = env.storages(development=f"file://{BASE_DIR / 'media'}")
STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "build/static"
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_URL = "/media/"
MEDIA_ROOT = BASE_DIR / "media"

# People

AUTH_USER_MODEL = "people.Person"
AUTHENTICATION_BACKENDS = ["django_tenfold.accounts.backends.ThrottledBackend"]
SESSION_ENGINE = "django_tenfold.accounts.sessions"
TENFOLD_ACCOUNTS = {
    "trusted_proxies": env.int(
        "TRUSTED_PROXIES",
        default=1,
        development=0,
        at_least=0,
        help="How many proxies of yours stand in front",
    ),
}
LOGIN_URL = "people:login"
LOGIN_REDIRECT_URL = "people:account"
LOGOUT_REDIRECT_URL = "pages:home"
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]

# Mail: handed to a worker, so that no request waits for the mail server

_mail = env.email(development="console://")
if django.VERSION >= (6, 1):
    MAILERS = {
        "default": {"BACKEND": "django_tenfold.tasks.mail.EmailBackend", "OPTIONS": {"mailer": "direct"}},
        "direct": _mail["MAILERS"]["default"],
    }
    TENFOLD_TASKS: dict[str, object] = {}
else:
    globals().update({**_mail, "EMAIL_BACKEND": "django_tenfold.tasks.mail.EmailBackend"})
    TENFOLD_TASKS = {"mail_backend": _mail["EMAIL_BACKEND"]}
DEFAULT_FROM_EMAIL = env.str(
    "DEFAULT_FROM_EMAIL",
    development="bazaar@localhost",
    example="hello@example.com",
    help="The sender of the site's mail",
)
SERVER_EMAIL = env.str(
    "SERVER_EMAIL",
    default=DEFAULT_FROM_EMAIL,
    help="The sender of error reports; DEFAULT_FROM_EMAIL if empty",
)
_admins = env.list("ADMINS", default=[], example="you@example.com", help="Who is mailed when the site fails")
# Django before 6.0 wants pairs of a name and an address.
ADMINS = _admins if django.VERSION >= (6, 0) else [(address, address) for address in _admins]

# Background tasks

CELERY_BROKER_URL = env.broker(development="memory://")
CELERY_TASK_ALWAYS_EAGER = TESTING or CELERY_BROKER_URL == "memory://"  # development without a worker
if django.VERSION >= (6, 0):
    TASKS = {"default": {"BACKEND": "django_tenfold.tasks.backends.CeleryBackend", "QUEUES": []}}

# Security: TLS ends at the proxy in front, which sets X-Forwarded-Proto itself

SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_SSL_REDIRECT = not DEBUG
SECURE_HSTS_SECONDS = env.int(
    "SECURE_HSTS_SECONDS",
    default=3600,
    development=0,
    at_least=0,
    help="How long browsers insist on HTTPS, in seconds; 31536000 (a year) once all of the site works with it",
)
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SESSION_COOKIE_SECURE = not DEBUG
CSRF_COOKIE_SECURE = not DEBUG
X_FRAME_OPTIONS = "DENY"

if django.VERSION >= (6, 0):
    MIDDLEWARE.insert(3, "django.middleware.csp.ContentSecurityPolicyMiddleware")  # behind SecurityMiddleware
    SECURE_CSP = {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "object-src": ["'none'"],
        "base-uri": ["'self'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }

# Language and time

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True

# What it tells of itself: logs on standard error, from where the machine takes them; errors by mail and Sentry

LOGGING = logging_config(
    debug=DEBUG,
    level=env.str(
        "LOG_LEVEL",
        default="INFO",
        choices=("DEBUG", "INFO", "WARNING", "ERROR"),
        help="The least that is logged",
    ),
    static={"service": "bazaar"},
    mail_errors=True,
)
TENFOLD_OBSERVABILITY = {
    "client_header": "" if DEBUG else "X-Forwarded-For",
    "metrics_token": env.secret(
        "TENFOLD_METRICS_TOKEN", default="", help="Who sends it as a bearer token reads /metrics"
    ),
}
init_sentry(
    env.secret("SENTRY_DSN", default="", example="https://key@sentry.example.com/1", help="Sentry's project")
)

# Development only: in production none of this is installed

if DEBUG:
    INSTALLED_APPS += ["zeal"]  # tells of queries in a loop; tests fail on them
    MIDDLEWARE += ["zeal.middleware.zeal_middleware"]
    ZEAL_RAISE = False
    SILENCED_SYSTEM_CHECKS = ["tenfold.W242", "tenfold.W247"]  # SQLite and a cache of one process do here

if DEBUG and not TESTING:
    INSTALLED_APPS += ["debug_toolbar", "django_extensions", "silk"]
    MIDDLEWARE += ["debug_toolbar.middleware.DebugToolbarMiddleware", "silk.middleware.SilkyMiddleware"]
    INTERNAL_IPS = ["127.0.0.1", "::1"]
    SECURE_CSP = {}  # the tools' pages carry scripts of their own
    SILKY_MAX_RECORDED_REQUESTS = 1000

if TESTING:
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # a slow one is slow at each login
    LOGGING = logging_config(debug=True, level="ERROR", loggers={"django": "ERROR"})

env.check()
# --- the review site
INSTALLED_APPS += [
    "products",
    "reviews",
    "orders",
    "leaderboard",
    "search",
    "api",
    "seeding",
    "django_tenfold.api",
    "django_tenfold.cache",
    "django_tenfold.db",
    "django_tenfold.search",
    "rest_framework",
]
if CACHES["default"]["BACKEND"].endswith("RedisCache"):
    CACHES["default"]["BACKEND"] = "django_tenfold.cache.backends.FailOpenRedisCache"
MIDDLEWARE.insert(3, "django_tenfold.cache.middleware.PageCacheMiddleware")  # behind SecurityMiddleware
TENFOLD_CACHE = {
    "models": ["products.Category", "products.Product", "reviews.Review", "reviews.Reviewer"],
    # Pages are made from replicas, where there are any: for so long after a commit nothing that shows it is kept.
    "settle_seconds": 1.0 if len(DATABASES) > 1 else 0.0,
}
TENFOLD_DB = {
    "counters": [
        "reviews.counters.reviews_of_product",
        "reviews.counters.stars_of_product",
        "reviews.counters.reviews_of_author",
        "reviews.counters.seconds_of_author",
        "reviews.counters.votes_of_review",
    ],
    "derived_fields": ["reviews.derived.category_of_review"],
}
if DEBUG:
    SILENCED_SYSTEM_CHECKS += ["tenfold.W604"]  # SQLite keeps no derived field: for development that does
TENFOLD_SEARCH = {"indexes": ["search.indexes.ProductIndex", "search.indexes.ReviewIndex"]}
REST_FRAMEWORK = {
    "DEFAULT_RENDERER_CLASSES": ["django_tenfold.api.drf.renderers.FastJSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    # Everything is public and read only: nobody has to be known to be answered.
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.AllowAny"],
    "UNAUTHENTICATED_USER": None,
    "DEFAULT_PAGINATION_CLASS": "api.pagination.ByKey",
    "DEFAULT_THROTTLE_CLASSES": ["rest_framework.throttling.AnonRateThrottle"],
    "DEFAULT_THROTTLE_RATES": {"anon": "600/min"},
    # The edge in front: the last address that it added is the visitor's.
    "NUM_PROXIES": 1,
}
# --- end of the review site
