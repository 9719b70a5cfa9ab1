"""Slow work is done by a background worker, not while somebody waits.

A mail server answers in 200 ms on a good day and after its timeout on a bad one; so does every third party. Sent from
a view, each letter holds a worker process for that long: ten processes that wait for a mail server serve nobody.
A task is put into the queue in a millisecond.
Holds when no function that answers requests sends mail or asks another server: tasks do (Celery, Django's tasks,
RQ, Huey, ...), or the mail backend itself queues (`django_tenfold.tasks.mail`, django-celery-email, django-post-office,
django-mailer, or one whose name says so). A view whose answer is made of another server's (a login at a provider, a
proxy) has to ask it: a call over HTTP is reported when nothing ends the wait within 10 s, or when its function returns
nothing that the visitor could have waited for, and is a preview.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from tenfold.practice import REQUEST, TASK, Breaks, Confidence, Holds, Impact, LooksAlike, Practice
from tenfold.project.model import Location
from tenfold.project.records import Items, Name
from tenfold.project.settings import Undetermined

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenfold.practice import Judgement
    from tenfold.project.model import Project
    from tenfold.project.source import Call, Module

practice = Practice(
    __name__,
    held="Slow work runs in a background worker",
    broken="A request waits for slow work",
    impact=Impact.HIGH,
    confidence=Confidence.MEDIUM,
    sources=("BP27", "OM9"),
    needs=("settings",),
    contexts=(REQUEST,),
    links=(
        "https://docs.djangoproject.com/en/stable/topics/tasks/",
        "https://docs.celeryq.dev/en/stable/django/first-steps-with-django.html",
    ),
)

_MAIL = tuple(
    f"django.core.mail.{name}" for name in ("send_mail", "send_mass_mail", "mail_admins", "mail_managers")
)
_LETTERS = ("django.core.mail.EmailMessage", "django.core.mail.EmailMultiAlternatives")
"""A function that makes one and sends something is a preview: which letter it sends is not followed."""
_SENDS = (".send", ".send_messages")
_QUEUES = (
    "django_tenfold.tasks",
    "djcelery_email",
    "post_office",
    "mailer.backend",
    "django_q",
    "huey",
    "rq",
    "dramatiq",
    "queue",
    "async",
    "celery",
    ".tasks.",
)
"""In lower case: modules of packages, and what a project calls a backend of its own that puts letters off."""
_NOWHERE = ("console", "dummy", "locmem", "filebased")
_VERBS = ("get", "post", "put", "patch", "delete", "head", "request")
_HTTP = (
    *(f"{library}.{verb}" for library in ("requests", "httpx") for verb in _VERBS),
    "urllib.request.urlopen",
)
_LONGEST_WAIT = 10
"""Seconds; a third of gunicorn's default timeout for a whole request
(https://docs.gunicorn.org/en/stable/settings.html#timeout)."""


def check(project: Project) -> Iterator[Judgement]:
    elsewhere = _run_by_threads(project)
    if not _mail_is_queued(project):
        sending = [*project.source.calls_to(*_MAIL)]
        for function, calls in _served(project, (*_MAIL, *_LETTERS), elsewhere).items():
            sent = any(call in sending for call in calls)
            if not sent and not _sends(*calls[0]):
                continue  # made here, sent by another
            yield _finding(
                function,
                calls,
                "sends mail while its visitor waits: a mail server that is slow or gone holds the worker process.",
                remedy="send it from a task (@shared_task, delay_on_commit), or let the backend queue every letter:"
                ' EMAIL_BACKEND = "django_tenfold.tasks.mail.EmailBackend"',
                confidence=Confidence.MEDIUM if sent else Confidence.PREVIEW,
            )
    for function, calls in _served(project, _HTTP, elsewhere).items():
        unbounded = [one for one in calls if not _ends_soon(project, *one)]
        if unbounded:
            harm = f"asks another server, and nothing ends its visitor's wait within {_LONGEST_WAIT} s: when that one"
            harm += " is slow, so is this site."
        elif _returns_nothing(*calls[0]):
            harm = "asks another server and returns nothing of its answer: its visitor waits for no reason."
        else:
            continue
        yield _finding(
            function,
            unbounded or calls,
            harm,
            remedy="ask it from a task and show what is known; where the answer is needed now, with a timeout of a few"
            " seconds",
            confidence=Confidence.PREVIEW,
        )


def _finding(
    function: str,
    calls: list[tuple[Module, Call]],
    harm: str,
    *,
    remedy: str,
    confidence: Confidence,
) -> Judgement:
    (module, first), *rest = calls

    return practice.finding(
        Location(module.path, first.line),
        f"{function} answers requests and {harm}",
        remedy=remedy,
        symbol=function,
        proof="runs in requests",
        related=tuple(Location(other.path, call.line) for other, call in rest[:3]),
        confidence=confidence,
    )


def _served(
    project: Project, names: tuple[str, ...], elsewhere: frozenset[str]
) -> dict[str, list[tuple[Module, Call]]]:
    """Calls to any of `names` by the function they stand in, of functions that requests are known to reach and tasks
    are not: what both reach may be put off by whoever calls it. `elsewhere` are functions that threads run."""
    found: dict[str, list[tuple[Module, Call]]] = defaultdict(list)
    for module, call in project.source.calls_to(*names):
        function = module.qualname(call.scope)
        reached = project.contexts.of(module.path, function)
        if REQUEST in reached and TASK not in reached and function not in elsewhere:
            found[function].append((module, call))
    return found


def _run_by_threads(project: Project) -> frozenset[str]:
    """Functions that are a thread's target, and those that they call themselves."""
    source = project.source
    found: set[str] = set()
    for module, call in source.calls_to("threading.Thread"):
        target = call.keyword("target")
        place = isinstance(target, Name) and source.find(source.resolve(module, target.dotted, call.scope))
        if place:
            other, scope = place
            found.add(other.qualname(scope))
            inner = (one for one in other.calls if one.scope == scope)
            found.update(source.resolve(other, one.callee, scope) for one in inner)
    return frozenset(found)


def _sends(module: Module, made: Call) -> bool:
    """Whether the function that makes a letter sends something as well."""
    return any(one.scope == made.scope and f".{one.callee}".endswith(_SENDS) for one in module.calls)


def _ends_soon(project: Project, module: Module, call: Call) -> bool:
    """Whether a call has a timeout that is short, or one that could not be read. httpx has one of 5 s by default."""
    keywords = dict(call.keywords)
    if "timeout" not in keywords:
        asked = project.source.resolve(module, call.callee, call.scope)
        return None in keywords or asked.startswith("httpx.")
    waits = _seconds(project, module, call)
    return waits is not None and waits <= _LONGEST_WAIT


def _seconds(project: Project, module: Module, call: Call) -> float | None:
    """The longest wait that the call's timeout allows, None for for ever, 0 where it could not be read."""
    value = call.keyword("timeout")
    if isinstance(value, Name):
        owner, _, name = project.source.resolve(module, value.dotted, call.scope).rpartition(".")
        constants = project.source.by_name.get(owner)
        told = constants.attributes(0).get(name) if constants else None
        value = told.value if told else 0
    if isinstance(value, Items) and None in value.values:
        return None
    if isinstance(value, Items):
        return max((one for one in value.values if isinstance(one, (int, float))), default=0)
    return value if value is None or isinstance(value, (int, float)) else 0


def _returns_nothing(module: Module, call: Call) -> bool:
    scope = module.scopes[call.scope]
    return scope.kind != "module" and not any(one.scope == call.scope for one in module.returns)


def _mail_is_queued(project: Project) -> bool:
    """Whether the backend hands letters to a queue, sends none, or cannot be told."""
    settings = project.settings
    backends = [*settings.possible("EMAIL_BACKEND"), *settings.possible("MAILERS", "default", "BACKEND")]
    named = [p.value for p in backends if isinstance(p.value, str)]
    if any(isinstance(p.value, Undetermined) for p in backends):
        return True
    return any(word in name.lower() for name in named for word in (*_QUEUES, *_NOWHERE))


_URLS = """
    from django.urls import path

    from shop import views

    urlpatterns = [path("order/", views.order, name="order")]
"""
_SETTINGS = 'ROOT_URLCONF = "config.urls"\n'
EXAMPLES = (
    Breaks(
        {
            "config/settings.py": _SETTINGS,
            "config/urls.py": _URLS,
            "shop/views.py": """
                from django.core.mail import send_mail
                from django.http import HttpResponse


                def order(request):
                    confirm(request.user)
                    return HttpResponse("thank you")


                def confirm(user):
                    send_mail("Your order", "It is on its way.", None, [user.email])
            """,
        },
        at="shop/views.py:11",
    ),
    Breaks(
        {
            "config/settings.py": _SETTINGS,
            "config/urls.py": _URLS,
            "shop/views.py": """
                import requests
                from django.http import HttpResponse


                def order(request):
                    rates = requests.get("https://rates.example/latest").json()
                    return HttpResponse(str(rates))
            """,
        },
        at="shop/views.py:6",
    ),
    Breaks(
        {
            "config/settings.py": _SETTINGS,
            "config/urls.py": _URLS,
            "shop/limits.py": "PATIENCE = 60\n",
            "shop/views.py": """
                import httpx
                from django.http import HttpResponse

                from shop.limits import PATIENCE


                def order(request):
                    tell_the_team(request.user)
                    rates = httpx.get("https://rates.example/latest", timeout=PATIENCE).json()
                    return HttpResponse(str(rates))


                def tell_the_team(user):
                    httpx.post("https://chat.example/hook", json={"text": str(user)}).raise_for_status()
            """,
        },
        at=("shop/views.py:14", "shop/views.py:9"),
    ),
    Holds(
        {
            "config/settings.py": _SETTINGS,
            "config/urls.py": _URLS,
            "shop/tasks.py": """
                from celery import shared_task
                from django.core.mail import send_mail


                @shared_task
                def confirm(address):
                    send_mail("Your order", "It is on its way.", None, [address])
            """,
            "shop/views.py": """
                from django.http import HttpResponse

                from shop.tasks import confirm


                def order(request):
                    confirm.delay_on_commit(request.user.email)
                    return HttpResponse("thank you")
            """,
        }
    ),
    LooksAlike(
        {
            "config/settings.py": f'{_SETTINGS}EMAIL_BACKEND = "django_tenfold.tasks.mail.EmailBackend"\n',
            "config/urls.py": _URLS,
            "shop/views.py": """
                from django.core.mail import send_mail
                from django.http import HttpResponse


                def order(request):
                    send_mail("Your order", "It is on its way.", None, [request.user.email])
                    return HttpResponse("thank you")
            """,
        },
        because="the backend hands every letter to the worker",
    ),
    LooksAlike(
        {
            "config/settings.py": _SETTINGS,
            "config/urls.py": _URLS,
            "shop/views.py": """
                import httpx
                import requests
                from django.http import HttpResponse


                def order(request):
                    token = requests.post("https://login.example/token", timeout=(3, 5)).json()
                    return HttpResponse(httpx.get("https://login.example/me", params=token).text)
            """,
        },
        because="the answer is made of the other server's, and the wait ends within seconds",
    ),
    LooksAlike(
        {
            "config/settings.py": _SETTINGS,
            "config/urls.py": _URLS,
            "shop/views.py": """
                import threading

                import requests
                from django.http import HttpResponse


                def order(request):
                    threading.Thread(target=report).start()
                    return HttpResponse("thank you")


                def report():
                    upload({"orders": 1})


                def upload(figures):
                    requests.post("https://figures.example/", json=figures)
            """,
        },
        because="a thread asks, and nobody waits for it",
    ),
    LooksAlike(
        {
            "config/settings.py": _SETTINGS,
            "config/urls.py": _URLS,
            "shop/views.py": """
                from django.core.mail import EmailMessage
                from django.http import HttpResponse

                from shop.outbox import put


                def order(request):
                    put(letter(request.user))
                    return HttpResponse("thank you")


                def letter(user):
                    return EmailMessage("Your order", "It is on its way.", to=[user.email])
            """,
        },
        because="the letter is made here, and another sends it",
    ),
    LooksAlike(
        {
            "config/settings.py": f'{_SETTINGS}EMAIL_BACKEND = "shop.letters.AsyncEmailBackend"\n',
            "config/urls.py": _URLS,
            "shop/views.py": """
                from django.core.mail import send_mail
                from django.http import HttpResponse


                def order(request):
                    send_mail("Your order", "It is on its way.", None, [request.user.email])
                    return HttpResponse("thank you")
            """,
        },
        because="by its name the project's own backend puts letters off",
    ),
    LooksAlike(
        {
            "config/settings.py": _SETTINGS,
            "shop/management/commands/remind.py": """
                from django.core.mail import send_mail
                from django.core.management.base import BaseCommand


                class Command(BaseCommand):
                    def handle(self, **options):
                        send_mail("Reminder", "It is time.", None, ["ann@shop.example"])
            """,
        },
        because="nobody waits for a command",
    ),
)
