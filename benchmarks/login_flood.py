"""What a guess costs that the throttle refuses, and what a good login pays for being counted.

One process, PostgreSQL and Valkey, Django's default password hasher. The figures are this process's time on the
processor for one `authenticate()`, the median of interleaved rounds; Valkey's own share is small and not in it.

python benchmarks/login_flood.py [rounds]. To results/login_flood.json. Fails when an attempt ends otherwise than named.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

import django
from django.conf import settings
from measuring.results import write_results

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))  # the site and the servers that the tests of the blocks run on

from tests.django_site.databases import databases, make_tables  # noqa: E402
from tests.django_site.servers import Servers  # noqa: E402
from tests.django_site.settings import SITE  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Callable

STOCK = "django.contrib.auth.backends.ModelBackend"
OURS = "django_tenfold.accounts.backends.ThrottledBackend"
MANY = 200
"""Refused attempts in a round: one alone is too short for the clock."""


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    hasher = "django.contrib.auth.hashers.PBKDF2PasswordHasher"
    settings.configure(
        **{**SITE, "PASSWORD_HASHERS": [hasher], "TENFOLD_ACCOUNTS": {"login_wait_first": 600}}
    )
    django.setup()
    with tempfile.TemporaryDirectory(prefix="tenfold-") as folder:
        servers = Servers(Path(folder))
        try:
            servers.start("postgres")
            servers.start("cache")
            found = measure(servers, rounds)
        finally:
            servers.stop()
    stock, counted, refused = (round(found[name]) for name in ("stock", "counted", "refused"))
    figures = {
        "microseconds": {"stock login": stock, "throttled login": counted, "refused guess": refused},
        "a refused guess, of a stock login": round(refused / stock, 5),
        "a throttled login, of a stock login": round(counted / stock, 4),
        "rounds": rounds,
    }
    for name, figure in figures.items():
        sys.stdout.write(f"{name}: {figure}\n")
    write_results("login_flood", figures)


def measure(servers: Servers, rounds: int) -> dict[str, float]:
    from django.contrib.auth import get_user_model
    from django.test import override_settings

    cache = {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": servers.cache_url}
    with databases({"default": servers.database_entry()}), override_settings(CACHES={"default": cache}):
        make_tables()
        get_user_model().objects.create_user("ann@example.org", "right")
        with override_settings(AUTHENTICATION_BACKENDS=[OURS]):
            for _ in range(6):
                attempt("eve@example.org", "wrong")
        seen: dict[str, list[float]] = {"stock": [], "counted": [], "refused": []}
        for _ in range(rounds):
            with override_settings(AUTHENTICATION_BACKENDS=[STOCK]):
                seen["stock"].append(
                    time_of(lambda: expect(attempt("ann@example.org", "right"), user=True), 3)
                )
            with override_settings(AUTHENTICATION_BACKENDS=[OURS]):
                seen["counted"].append(
                    time_of(lambda: expect(attempt("ann@example.org", "right"), user=True), 3)
                )
                seen["refused"].append(
                    time_of(lambda: expect(attempt("eve@example.org", "wrong"), user=False), MANY)
                )
    return {name: median(times) for name, times in seen.items()}


def attempt(email: str, password: str) -> Any:
    """The user and the request."""
    from django.contrib.auth import authenticate
    from django.test import RequestFactory

    request = RequestFactory().post("/login/")
    return authenticate(request, username=email, password=password), request


def expect(answer: Any, *, user: bool) -> None:
    found, request = answer
    if user != (found is not None) or user == hasattr(request, "tenfold_login_refusal"):
        raise SystemExit(f"An attempt ended otherwise than it should: {found}, {vars(request).keys()}")


def time_of(work: Callable[[], None], times: int) -> float:
    """Microseconds of this process's processor time for each."""
    begun = time.process_time()
    for _ in range(times):
        work()
    return (time.process_time() - begun) / times * 1e6


if __name__ == "__main__":
    main()
