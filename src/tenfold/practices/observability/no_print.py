"""Application code writes to loggers, not with print.

What print writes has no level, no time, no request id and no way to be turned off or sent elsewhere; under
a server it is buffered, interleaved between processes or lost, so it is missing just when it is needed.
Holds when code that runs in requests and tasks uses loggers. Management commands, scripts, tests,
migrations, settings and code under `if __name__ == "__main__"` speak to a person at a terminal and are not
judged; nor are handlers of logging, which cannot log, the `debug_task` of Celery's first steps, what stands under
`if settings.DEBUG:`, and functions that nothing known reaches. It is a preview: what a function is for (a build, a
developer's machine, a logger that failed) is not always told by who calls it.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from tenfold.practice import (
    REQUEST,
    TASK,
    Breaks,
    CannotTell,
    Confidence,
    Holds,
    Impact,
    LooksAlike,
    Practice,
)
from tenfold.project.model import Unknown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenfold.practice import Judgement
    from tenfold.project.lint import RuffFinding
    from tenfold.project.model import Project
    from tenfold.project.source import Module

practice = Practice(
    __name__,
    held="Code that serves uses loggers",
    broken="Code that serves prints",
    impact=Impact.LOW,
    confidence=Confidence.PREVIEW,
    sources=("BP21",),
    links=("https://docs.djangoproject.com/en/stable/topics/logging/",),
)


def check(project: Project) -> Iterator[Judgement]:
    if isinstance(project.lint, Unknown):
        yield CannotTell(project.lint.why)
        return
    found: dict[tuple[str, str], list[RuffFinding]] = defaultdict(list)
    for lint in project.lint.value.coded("T20"):
        module = project.source.by_path.get(lint.where.path)
        if module and not lint.debug_only and not _speaks_to_a_terminal(project, module, lint.where.line):
            found[module.path, _enclosing(module, lint.where.line)].append(lint)
    for (path, function), prints in found.items():
        served = project.contexts.of(path, function) & {REQUEST.value, TASK.value}
        if not served or _handles_log_records(project, function) or function.endswith(".debug_task"):
            continue
        times = f" ({len(prints)} times)" if len(prints) > 1 else ""
        yield practice.finding(
            prints[0].where,
            f"{function} runs in {_listed(served)} and prints{times}: the line has no level, no time and no"
            " request id, and cannot be turned off or sent elsewhere.",
            remedy=f"logger = logging.getLogger(__name__) at the top of {path}, and logger.info(...) here"
            " (warning or exception where something failed)",
            symbol=function,
            proof=f"runs in {_listed(served)}",
            related=tuple(p.where for p in prints[1:4]),
        )


def _listed(contexts: frozenset[str]) -> str:
    return " and ".join(f"{context}s" for context in sorted(contexts))


def _handles_log_records(project: Project, function: str) -> bool:
    """Whether it is a method of a logging handler, formatter or filter."""
    bases = project.source.ancestors(function.rpartition(".")[0])
    return any(base.startswith("logging.") for base in bases)


_TOOLS = ("scripts", "script", "bin", "tools", "docs", "examples", "benchmarks", "fabfile", "tasks.py", "ci")


def _speaks_to_a_terminal(project: Project, module: Module, line: int) -> bool:
    parts = module.path.removesuffix(".py").split("/")
    if project.contexts.of(module.path) or module.path in project.settings.files:
        return True
    if not set(_TOOLS).isdisjoint(parts[:-1]) or parts[-1] in ("manage", "setup", "fabfile", "conftest"):
        return True
    if "settings" in module.path or parts[-1].startswith(("gunicorn", "test_")):
        return True
    # A file with a main guard and no package around it is a program.
    return (
        "__name__" in module.names
        and "__main__" in module.strings
        and _enclosing(module, line) == module.name
    )


def _enclosing(module: Module, line: int) -> str:
    """Absolute name of the innermost function around a line, else the module's."""
    inside = [n for n, s in enumerate(module.scopes) if n and s.line <= line <= s.end_line]
    functions = [n for n in inside if module.scopes[n].kind != "class"]
    return module.qualname(functions[-1]) if functions else module.name


EXAMPLES = (
    Breaks(
        {
            "shop/views.py": """
                from django.http import HttpResponse

                def buy(request):
                    print("bought", request.user)
                    return HttpResponse()
            """,
            "config/urls.py": """
                from django.urls import path
                from shop import views

                urlpatterns = [path("buy/", views.buy, name="buy")]
            """,
        },
        at="shop/views.py:4",
    ),
    Holds(
        {
            "shop/views.py": """
                import logging

                logger = logging.getLogger(__name__)

                def buy(request):
                    logger.info("bought")
            """
        }
    ),
    LooksAlike(
        {
            "shop/management/commands/close.py": """
                from django.core.management.base import BaseCommand

                class Command(BaseCommand):
                    def handle(self, **options):
                        print("closed")
            """,
            "scripts/load.py": 'print("loading")\n',
        },
        because="a command and a script speak to a person",
    ),
    LooksAlike(
        {
            "shop/logs.py": """
                import logging

                class Rows(logging.Handler):
                    def emit(self, record):
                        print("no database", record)

                def show_queries(queries):
                    print(queries)
            """,
        },
        because="a handler of logging cannot log, and nothing that serves calls the other",
    ),
    LooksAlike(
        {
            "shop/views.py": """
                from django.conf import settings
                from django.db import connection

                def buy(request):
                    if settings.DEBUG:
                        print(len(connection.queries))
            """,
            "config/urls.py": """
                from django.urls import path
                from shop import views

                urlpatterns = [path("buy/", views.buy, name="buy")]
            """,
        },
        because="production never prints it: DEBUG is off there",
    ),
    LooksAlike(
        {
            "shop/tasks.py": """
                from invoke import task

                @task
                def load(context):
                    print("loading")
            """,
            "config/celery.py": """
                from celery import Celery

                app = Celery("shop")

                @app.task(bind=True)
                def debug_task(self):
                    print(f"Request: {self.request!r}")
            """,
        },
        because="a task of invoke is a command at a terminal, and Celery's debug_task is there to print",
    ),
    LooksAlike(
        {
            "shop/views.py": """
                from django.conf import settings

                def buy(request):
                    if settings.ENVIRONMENT == "development":
                        print("bought")
            """,
            "config/urls.py": """
                from django.urls import path
                from shop import views

                urlpatterns = [path("buy/", views.buy, name="buy")]
            """,
        },
        because="only a developer's machine prints it",
    ),
)
