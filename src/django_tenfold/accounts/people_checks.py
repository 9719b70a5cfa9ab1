"""System checks about people and their logins: tenfold.W202 to tenfold.W208."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.conf import settings
from django.core.checks import Error, register
from django.core.checks import Warning as CheckWarning
from django.db.models import UniqueConstraint
from django.db.models.functions import Upper
from django.utils.module_loading import import_string

from django_tenfold.accounts.settings import options

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.core.checks import CheckMessage

ACCOUNTS = "accounts"
THROTTLED = "django_tenfold.accounts.backends.ThrottledBackend"
MIDDLEWARE = "django_tenfold.accounts.throttle_middleware.throttle_middleware"
OF_ONE_PROCESS = ("LocMemCache", "DummyCache")
NOT_ATOMIC = ("FileBasedCache", "DatabaseCache")


def check_user_model(app_configs: object, **_: object) -> Iterator[CheckMessage]:
    """W202: the user model cannot grow."""
    if settings.AUTH_USER_MODEL == "auth.User":
        yield CheckWarning(
            "AUTH_USER_MODEL is auth.User: no migration of yours can change it, and each column that users need"
            " later costs a join.",
            hint="In a new project: class User(AbstractEmailUser) of django_tenfold.accounts.email_user, and"
            ' AUTH_USER_MODEL = "people.User", before the first migration. In a grown one see "A project that'
            ' already has auth.User" on the page of this block, and silence this check.',
            id="tenfold.W202",
        )


def check_email_constraints(app_configs: object, **_: object) -> Iterator[CheckMessage]:
    """E203: a Meta that does not inherit drops the constraints."""
    if not apps.is_installed("django.contrib.auth"):
        return
    from django_tenfold.accounts.email_user import AbstractEmailUser

    for model in apps.get_models():
        if not issubclass(model, AbstractEmailUser) or model._meta.get_field("email").model is not model:
            continue
        if model._meta.proxy or any(map(_holds_any_case, model._meta.constraints)):
            continue
        yield Error(
            f"{model.__name__} has no unique constraint on UPPER(email): Ann@x.org and ann@x.org can both sign up,"
            " and each login by address reads the whole table.",
            hint=f"Let its Meta inherit: class {model.__name__}(AbstractEmailUser): class Meta(AbstractEmailUser.Meta):"
            " ... ; with constraints of its own: constraints = [*AbstractEmailUser.Meta.constraints, ...].",
            obj=model,
            id="tenfold.E203",
        )


def _holds_any_case(constraint: Any) -> bool:
    return (
        isinstance(constraint, UniqueConstraint)
        and constraint.condition is None
        and list(constraint.expressions) == [Upper("email")]
    )


def check_backends(app_configs: object, **_: object) -> Iterator[CheckMessage]:
    """W204, W205: logins that nobody counts."""
    if not _throttles():
        return
    from django_tenfold.accounts.backends import LoginThrottle

    backends = [*settings.AUTHENTICATION_BACKENDS]
    throttled = [issubclass(import_string(one), LoginThrottle) for one in backends]
    if throttled[:1] != [True]:
        yield CheckWarning(
            "The first of AUTHENTICATION_BACKENDS does not throttle: passwords can be guessed as fast as they are"
            " hashed, and the hashing takes the processors from everybody else.",
            hint=f'AUTHENTICATION_BACKENDS = ["{THROTTLED}"], in the place of ModelBackend; put LoginThrottle'
            " over a backend of your own: class Mine(LoginThrottle, YourBackend).",
            id="tenfold.W204",
        )
    elif "django.contrib.auth.backends.ModelBackend" in backends:
        yield CheckWarning(
            "ModelBackend stands behind ThrottledBackend: each wrong password is hashed twice.",
            hint="Remove django.contrib.auth.backends.ModelBackend from AUTHENTICATION_BACKENDS:"
            " ThrottledBackend is one. Who signed in through it before stays so only while it is listed: leave it"
            " there until those sessions have ended (SESSION_COOKIE_AGE), or all of them sign in again.",
            id="tenfold.W205",
        )
    if True in throttled and MIDDLEWARE not in settings.MIDDLEWARE:
        yield CheckWarning(
            "A throttled login is answered 200, as a wrong password is: clients are not told to wait.",
            hint=f'Add "{MIDDLEWARE}" to MIDDLEWARE: 429 with Retry-After.',
            id="tenfold.W208",
        )


def _throttles() -> bool:
    """Asked of readable options only: what is wrong in them is E201's to say."""
    return not any(options.find_problems()) and options().login_throttle


def check_cache(app_configs: object, **_: object) -> Iterator[CheckMessage]:
    """W206, E207: counters that are not shared, or lose counts."""
    if not _throttles():
        return
    alias = options().login_cache
    if alias not in settings.CACHES:
        yield Error(
            f"TENFOLD_ACCOUNTS['login_cache'] names {alias!r}, which is not in CACHES: every process counts alone.",
            hint=f"Name one of {', '.join(map(repr, settings.CACHES))}.",
            id="tenfold.E207",
        )
        return
    kind = str(settings.CACHES[alias].get("BACKEND", "")).rpartition(".")[2]
    if kind in OF_ONE_PROCESS + NOT_ATOMIC:
        what = (
            "is not shared: each process counts failed logins alone"
            if kind in OF_ONE_PROCESS
            else ("does not count atomically: parallel guesses are counted as one")
        )
        yield CheckWarning(
            f"The cache {alias!r} is {kind}, which {what}.",
            hint='Use Redis or Valkey: "BACKEND": "django.core.cache.backends.redis.RedisCache".',
            id="tenfold.W206",
        )


def register_people_checks() -> None:
    register(check_email_constraints, ACCOUNTS)
    for check in (check_user_model, check_backends, check_cache):
        register(check, ACCOUNTS, deploy=True)
