"""ALLOWED_HOSTS names the real hosts.

With `*`, Django believes any Host header: password-reset links and cached pages can be made to carry an
attacker's host, and one poisoned entry in a shared cache is then served to everybody.
An address that a load balancer probes by is no reason for `*`: a middleware above CommonMiddleware that
answers the probe's path never looks at the host.
A project whose own middleware raises DisallowedHost (domains of customers, kept in the database) is not
concerned. Holds when hosts are listed, or an environment variable without a permissive default lists them. An
empty list with DEBUG off answers every request with 400, so it fails loudly and is not reported here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tenfold.practice import Breaks, CannotTell, Holds, Impact, LooksAlike, NotApplicable, Practice
from tenfold.project.settings import FromEnvironment, Undetermined

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenfold.practice import Judgement
    from tenfold.project.model import Project
    from tenfold.project.settings import Possible

practice = Practice(
    __name__,
    held="ALLOWED_HOSTS names real hosts",
    broken="ALLOWED_HOSTS admits any host",
    impact=Impact.HIGH,
    sources=("PT4",),
    needs=("settings",),
    links=("https://docs.djangoproject.com/en/stable/ref/settings/#allowed-hosts",),
)


def check(project: Project) -> Iterator[Judgement]:
    possible = project.settings.possible("ALLOWED_HOSTS")
    if _checks_itself(project):
        yield NotApplicable("a middleware of the project rejects unknown hosts itself")
        return
    if not possible and not project.settings.complete:
        yield CannotTell("ALLOWED_HOSTS is not set in the settings that could be followed")
    for value in possible:
        if isinstance(value.value, Undetermined):
            yield CannotTell(f"ALLOWED_HOSTS: {value.value.why}", value.where)
        elif not value.condition and _admits_any(value.value):
            yield practice.finding(
                value.where,
                _message(value),
                remedy=_remedy(value),
                symbol="ALLOWED_HOSTS",
                proof=value.source,
            )


def _checks_itself(project: Project) -> bool:
    """Whether a middleware raises DisallowedHost: a site for many domains looks them up in its database."""
    for module in project.source:
        words = module.path.removesuffix(".py").split("/")
        if "middleware" in words[-1] or "middleware" in words[:-1]:
            raised = any(call.callee.endswith("DisallowedHost") for call in module.calls)
            if raised and not {"test", "tests"} & set(words):
                return True
    return False


def _admits_any(hosts: object) -> bool:
    if isinstance(hosts, FromEnvironment):
        hosts = hosts.default
    if isinstance(hosts, str):
        return "*" in (part.strip() for part in hosts.split(","))
    return isinstance(hosts, list | tuple) and any(_admits_any(host) for host in hosts)


def _message(value: Possible) -> str:
    if value.variable:
        return (
            f"ALLOWED_HOSTS admits any host unless the environment sets {value.variable}: a deployment that"
            " forgets it believes every Host header, in the links that it mails and the pages that it caches."
        )
    return 'ALLOWED_HOSTS holds "*": any Host header is believed, in mailed links and in cached pages.'


def _remedy(value: Possible) -> str:
    variable = value.variable if value.variable.isidentifier() else "ALLOWED_HOSTS"
    return f'ALLOWED_HOSTS = os.environ["{variable}"].split(",")  # "www.example.com,example.com"'


EXAMPLES = (
    Breaks(
        {
            "config/settings.py": """
                DEBUG = False
                ALLOWED_HOSTS = ["*"]
            """
        },
        at="config/settings.py:2",
    ),
    Breaks(
        {
            "config/settings.py": """
                import os

                ALLOWED_HOSTS = os.getenv("HOSTS", "*").split(",")
            """
        },
        at="config/settings.py:3",
    ),
    Holds({"config/settings.py": 'ALLOWED_HOSTS = ["www.example.com", ".example.org"]'}),
    Holds(
        {
            "config/settings.py": """
                import os

                ALLOWED_HOSTS = os.environ["HOSTS"].split(",")
            """
        }
    ),
    LooksAlike(
        {
            "config/settings.py": """
                DEBUG = False
                if DEBUG:
                    ALLOWED_HOSTS = ["*"]
                else:
                    ALLOWED_HOSTS = ["www.example.com"]
            """
        },
        because="production does not take the branch",
    ),
    LooksAlike(
        {
            "config/settings.py": """
                MIDDLEWARE = ["shop.middleware.domains.DomainMiddleware"]
                ALLOWED_HOSTS = ["*"]
            """,
            "shop/middleware/domains.py": """
                from django.core.exceptions import DisallowedHost

                class DomainMiddleware:
                    def __call__(self, request):
                        if not Shop.objects.filter(domain=request.headers["Host"]).exists():
                            raise DisallowedHost("unknown")
                        return self.get_response(request)
            """,
        },
        because="the project's own middleware knows its customers' domains",
    ),
)
