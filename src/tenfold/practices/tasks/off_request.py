"""Slow work is done by a background worker, not while somebody waits.

A mail server answers in 200 ms on a good day and after its timeout on a bad one; so does every third party. Sent from
a view, each letter holds a worker process for that long: ten processes that wait for a mail server serve nobody.
A task is put into the queue in a millisecond.
Holds when no function that answers requests sends mail or asks another server: tasks do (Celery, Django's tasks,
RQ, Huey, ...), or the mail backend itself queues (`django_tenfold.tasks.mail`, django-celery-email, django-post-office,
django-mailer). A view whose answer is made of another server's (a login at a provider, a proxy) has to ask it: calls
over HTTP are previews.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from tenfold.practice import REQUEST, TASK, Breaks, Confidence, Holds, Impact, LooksAlike, Practice
from tenfold.project.model import Location
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
"""Made here and perhaps sent elsewhere: a preview."""
_QUEUES = (
    "django_tenfold.tasks",
    "djcelery_email",
    "post_office",
    "mailer.backend",
    "django_q",
    "huey",
    "rq",
    "dramatiq",
)
_NOWHERE = ("console", "dummy", "locmem", "filebased")
_VERBS = ("get", "post", "put", "patch", "delete", "head", "request")
_HTTP = (
    *(f"{library}.{verb}" for library in ("requests", "httpx") for verb in _VERBS),
    "urllib.request.urlopen",
)


def check(project: Project) -> Iterator[Judgement]:
    if not _mail_is_queued(project):
        sending = [*project.source.calls_to(*_MAIL)]
        for function, calls in _served(project, (*_MAIL, *_LETTERS)).items():
            sent = any(call in sending for call in calls)
            yield _finding(
                function,
                calls,
                "sends mail while its visitor waits: a mail server that is slow or gone holds the worker process.",
                remedy="send it from a task (@shared_task, delay_on_commit), or let the backend queue every letter:"
                ' EMAIL_BACKEND = "django_tenfold.tasks.mail.EmailBackend"',
                confidence=Confidence.MEDIUM if sent else Confidence.PREVIEW,
            )
    for function, calls in _served(project, _HTTP).items():
        yield _finding(
            function,
            calls,
            "asks another server while its visitor waits: when that one is slow, so is this site.",
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


def _served(project: Project, names: tuple[str, ...]) -> dict[str, list[tuple[Module, Call]]]:
    """Calls to any of `names` by the function they stand in, of functions that requests are known to reach and tasks
    are not: what both reach may be put off by whoever calls it."""
    found: dict[str, list[tuple[Module, Call]]] = defaultdict(list)
    for module, call in project.source.calls_to(*names):
        function = module.qualname(call.scope)
        reached = project.contexts.of(module.path, function)
        if REQUEST in reached and TASK not in reached:
            found[function].append((module, call))
    return found


def _mail_is_queued(project: Project) -> bool:
    """Whether the backend hands letters to a queue, sends none, or cannot be told."""
    settings = project.settings
    backends = [*settings.possible("EMAIL_BACKEND"), *settings.possible("MAILERS", "default", "BACKEND")]
    named = [p.value for p in backends if isinstance(p.value, str)]
    if any(isinstance(p.value, Undetermined) for p in backends):
        return True
    return any(word in name for name in named for word in (*_QUEUES, *_NOWHERE))


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
                    rates = requests.get("https://rates.example/latest", timeout=5).json()
                    return HttpResponse(str(rates))
            """,
        },
        at="shop/views.py:6",
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
