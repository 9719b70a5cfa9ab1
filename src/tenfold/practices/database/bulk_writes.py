"""Many rows are written in bulk.

A `create()` or `save()` in a loop is a statement for each row, and without a transaction a commit for each: 191 rows a
second, 859 in one transaction, where `bulk_create` wrote 10,700 and COPY 133,000 on the same table. Locks are held for
as long.
Reported are `create()` in loops over rows of a table that grows, and `save()` of each row of such a loop, in code that
requests or tasks reach; where saving runs no code of the project (no `save` of its own, no receiver of its signals)
and nobody uses what `create()` gives.
Holds when such loops collect the rows and write them by `bulk_create`, `bulk_update`, `update()` or in batches. Mended
by

    Note.objects.bulk_create([Note(order=order) for order in orders], batch_size=1000)

or, for changes of many rows, by `update_in_batches(...)` of `django_tenfold.db.batches`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tenfold.practice import (
    REQUEST,
    TASK,
    Breaks,
    Confidence,
    Holds,
    Impact,
    LooksAlike,
    NotApplicable,
    Practice,
)
from tenfold.project.source import Invoke
from tenfold.project.write_hooks import WriteHooks

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenfold.practice import Judgement
    from tenfold.project.model import Project
    from tenfold.project.querysets import RowCall, RowLoop

practice = Practice(
    __name__,
    held="Many rows are written in bulk",
    broken="A loop writes row by row",
    impact=Impact.MEDIUM,
    confidence=Confidence.PREVIEW,
    sources=("BP7",),
    contexts=(REQUEST, TASK),
    links=(
        "https://docs.djangoproject.com/en/stable/ref/models/querysets/#bulk-create",
        "https://docs.djangoproject.com/en/stable/ref/models/querysets/#bulk-update",
    ),
)

_BULK = (".bulk_create", ".bulk_update", ".abulk_create", "update_in_batches", "cursor.copy")
_WRITES = frozenset({"save", "asave", "create", "acreate"})


def check(project: Project) -> Iterator[Judgement]:
    querysets = project.querysets
    loops = {(loop.where.path, loop.index): loop for loop in querysets.loops}
    if not any(call.method in _WRITES and call.call.loop >= 0 for call in querysets.calls):
        if any(call.callee.endswith(_BULK) for module in project.source for call in module.calls):
            return
        yield NotApplicable("no loop writes rows of a known model")
        return
    hooks = WriteHooks(project)
    for call in querysets.calls:
        loop = loops.get((call.where.path, call.call.loop))
        if call.method not in _WRITES or loop is None or not _many(loop, project):
            continue
        if not project.contexts.of(call.where.path, call.function) & {REQUEST, TASK}:
            continue
        if hooks.runs_code(call.rows.model) or not _alone(call, loop):
            continue
        yield _finding(project, call, loop)


def _finding(project: Project, call: RowCall, loop: RowLoop) -> Judgement:
    name = project.querysets.relations.name(call.rows.model)
    over = project.querysets.relations.name(loop.rows.model)
    created = call.method.endswith("create")
    bulk = f"{name}.objects.bulk_create(rows, batch_size=1000)"
    changed = f"{name}.objects.bulk_update(rows, [...]), or queryset.update(...) where all get the same value"
    return practice.finding(
        call.where,
        f"{call.function} writes a {name} for each {over} of its loop, a statement at a time.",
        remedy=f"collect the rows and write them once: {bulk if created else changed}",
        symbol=f"{call.function}:{call.rows.model}:{call.method}",
        proof=f"the loop stands in line {loop.where.line}; saving a {name} runs no code of the project",
        related=(loop.where,),
    )


def _many(loop: RowLoop, project: Project) -> bool:
    rows = loop.rows
    return rows.model in project.querysets.relations.growing and not rows.sliced and rows.form == "rows"


def _alone(call: RowCall, loop: RowLoop) -> bool:
    """Whether nothing of the loop needs the row that was just written."""
    given = call.call
    if call.method.endswith("create"):
        for assigned in call.module.assignments:
            value = assigned.value
            if isinstance(value, Invoke) and (value.callee, value.line) == (given.callee, given.line):
                return False
        for other in call.module.calls:
            inner = (*other.args, *(value for _, value in other.keywords))
            if any(isinstance(v, Invoke) and (v.callee, v.line) == (given.callee, given.line) for v in inner):
                return False
        return call.module.loops[loop.index].kind != "comprehension"
    own = given.callee.partition(".")[0]
    if own != loop.variable or given.args or call.rows.form != "one" or given.callee.count(".") != 1:
        return False
    changed = [
        a for a in call.module.assignments if a.target.startswith(f"{own}.") and a.scope == given.scope
    ]
    methods = {touch.dotted for touch in loop.touches if touch.call is not None}
    return bool(changed) and methods == {"save"}


_MODELS = """
    from django.conf import settings
    from django.db import models


    class Order(models.Model):
        buyer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
        late = models.BooleanField(default=False)


    class Note(models.Model):
        order = models.ForeignKey(Order, on_delete=models.CASCADE)


    class Entry(models.Model):
        order = models.ForeignKey(Order, on_delete=models.CASCADE)

        def save(self, **options):
            super().save(**options)
"""
_TASK = """
    from celery import shared_task

    from shop.models import Entry, Note, Order


    @shared_task
    def remind():
        for order in Order.objects.filter(late=True):
            {}
"""
EXAMPLES = (
    Breaks(
        {"shop/models.py": _MODELS, "shop/tasks.py": _TASK.format("Note.objects.create(order=order)")},
        at="shop/tasks.py:9",
    ),
    Breaks(
        {
            "shop/models.py": _MODELS,
            "shop/tasks.py": _TASK.format("order.late = False\n            order.save()"),
        },
        at="shop/tasks.py:10",
    ),
    Holds(
        {
            "shop/models.py": _MODELS,
            "shop/tasks.py": """
                from celery import shared_task

                from shop.models import Note, Order


                @shared_task
                def remind():
                    late = Order.objects.filter(late=True)
                    Note.objects.bulk_create([Note(order=order) for order in late])
                    for name in ("first", "second"):
                        Note.objects.create(order=late[0])
            """,
        }
    ),
    LooksAlike(
        {"shop/models.py": _MODELS, "shop/tasks.py": _TASK.format("Entry.objects.create(order=order)")},
        because="the model's own save would be left out",
    ),
    LooksAlike(
        {
            "shop/models.py": _MODELS,
            "shop/tasks.py": _TASK.format(
                "note = Note.objects.create(order=order)\n            print(note.pk)"
            ),
        },
        because="the row is needed as soon as it is written",
    ),
)
