"""Tables that grow are read in parts.

A loop over a queryset loads every row before the first turn, and keeps them all until the last: 200,000 rows of a
ten-column table took 377 MB and were read at 28,000 rows a second; through `iterator()` at 61,000 a second in flat
memory. A nightly task that worked for years dies one night, when the table is as large as the memory of its worker.
Reported are loops of tasks and management commands over whole tables of users, of rows that belong to users or of rows
stamped when they are made; a preview, as many such tables stay short.
Holds when such loops use `iterator()`, or batches by key. Mended by

    for order in Order.objects.all().iterator(chunk_size=2000):

or, behind a pooler in transaction mode and where the loop writes, by `iterate_batches(Order.objects.all())` of
`django_tenfold.db.batches`, which holds no cursor. Unsafe as a fix: a server-side cursor needs a session of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tenfold.edits.model import ReplaceText
from tenfold.practice import (
    COMMAND,
    REQUEST,
    TASK,
    Breaks,
    Confidence,
    Holds,
    Impact,
    LooksAlike,
    NotApplicable,
    Practice,
    Safety,
)
from tenfold.project.source import Invoke

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenfold.edits.model import Change
    from tenfold.practice import Finding, Judgement
    from tenfold.project.model import Project
    from tenfold.project.querysets import RowLoop

practice = Practice(
    __name__,
    held="Tables that grow are read in parts",
    broken="A loop loads a whole table",
    impact=Impact.MEDIUM,
    confidence=Confidence.PREVIEW,
    sources=("BP8",),
    contexts=(TASK, COMMAND),
    fix=Safety.UNSAFE,
    links=("https://docs.djangoproject.com/en/stable/ref/models/querysets/#iterator",),
)

_PARTS = (".iterator", ".aiterator", "iterate_batches", "update_in_batches", "delete_in_batches")


def check(project: Project) -> Iterator[Judgement]:
    behind = [loop for loop in project.querysets.loops if _in_background(loop, project)]
    if not behind:
        if any(call.callee.endswith(_PARTS) for module in project.source for call in module.calls):
            return
        yield NotApplicable("no task and no command loops over rows of a known model")
        return
    for loop in behind:
        rows = loop.rows
        if rows.narrowed or rows.sliced or not rows.sure or "iterator" in rows.steps or rows.form != "rows":
            continue
        if rows.model not in project.querysets.relations.growing or {"aggregate", "distinct"} & set(
            rows.steps
        ):
            continue
        name = project.querysets.relations.name(rows.model)
        yield practice.finding(
            loop.where,
            f"{loop.function} loads every {name} before its loop begins, and keeps all of them until it ends.",
            remedy="add .iterator(chunk_size=2000), or loop over iterate_batches(...) of django_tenfold.db.batches",
            symbol=f"{loop.function}:{rows.model}",
            proof="the queryset has no condition and no iterator()",
            fixable=bool(_text(loop)),
        )


def _in_background(loop: RowLoop, project: Project) -> bool:
    reached = project.contexts.of(loop.where.path, loop.function)
    return bool(reached & {TASK, COMMAND}) and REQUEST not in reached


def _text(loop: RowLoop) -> str:
    """The queryset as it is written, where it is nothing but a manager and calls without arguments."""
    iterable = loop.module.loops[loop.index].iterable
    start = loop.rows.start
    plain = isinstance(iterable, Invoke) and not iterable.args and not iterable.keywords
    if not isinstance(iterable, Invoke) or not plain or start is None or start[1] != loop.where.line:
        return ""
    return f"{iterable.callee}()" if iterable.callee == f"{start[2]}.all" else ""


def fix(finding: Finding, project: Project) -> Iterator[Change]:
    """`.iterator(chunk_size=2000)` behind the queryset; unsafe because its cursor needs a session of its own."""
    for loop in project.querysets.loops:
        if loop.where == finding.where and (text := _text(loop)):
            yield ReplaceText(loop.where.path, loop.where.line, text, f"{text}.iterator(chunk_size=2000)")
            return


_MODELS = """
    from django.conf import settings
    from django.db import models


    class Order(models.Model):
        buyer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)


    class Unit(models.Model):
        name = models.CharField(max_length=9)
"""
_COMMAND = """
    from django.core.management.base import BaseCommand

    from shop.models import Order, Unit


    class Command(BaseCommand):
        def handle(self, **options):
            for row in {}:
                self.stdout.write(str(row.pk))
"""
_PATH = "shop/management/commands/report.py"
EXAMPLES = (
    Breaks(
        {"shop/models.py": _MODELS, _PATH: _COMMAND.format("Order.objects.all()")},
        at=f"{_PATH}:8",
        fixed={_PATH: _COMMAND.format("Order.objects.all().iterator(chunk_size=2000)")},
    ),
    Holds({"shop/models.py": _MODELS, _PATH: _COMMAND.format("Order.objects.all().iterator()")}),
    LooksAlike(
        {"shop/models.py": _MODELS, _PATH: _COMMAND.format("Unit.objects.all()")},
        because="a short table that somebody keeps",
    ),
    LooksAlike(
        {"shop/models.py": _MODELS, _PATH: _COMMAND.format("Order.objects.filter(pk__lt=9)[:100]")},
        because="a part of the table",
    ),
)
