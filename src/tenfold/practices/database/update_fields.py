"""Saving a counter names the fields that it changed.

`save()` writes every column back as it was read. Of two requests that count up the same row at once one is lost, and
with it whatever a third wrote to any other column meanwhile; the more visitors, the more often. With `update_fields`
the statement is shorter, and indexes of columns that did not change are left alone.
Reported are rows that were read, get a number that is counted up or an `F()` expression, and are then saved whole, in
code that requests or tasks reach. Left out: rows that `select_for_update()` has locked, and new ones.
Holds when such saves name their fields, when the database counts (`update(hits=F("hits") + 1)`), or when the model
keeps track of changes (`SavesChanges` of `django_tenfold.db`). Mended by

    post.hits = F("hits") + 1
    post.save(update_fields=["hits"])

For numbers that many count at once `Counter` of `django_tenfold.db.counters` shares no row: with eight writers on one
product `F() + 1` leaves an eighth of the rate (`benchmarks/counter_writes.py`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tenfold.edits.model import SetKeyword
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
    Safety,
)
from tenfold.project.source import Invoke, Operation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenfold.edits.model import Change
    from tenfold.practice import Finding, Judgement
    from tenfold.project.model import Project
    from tenfold.project.querysets import RowCall
    from tenfold.project.source import Assignment, Value

practice = Practice(
    __name__,
    held="Saving a counter names the fields that it changed",
    broken="A counter is saved with every other column",
    impact=Impact.MEDIUM,
    confidence=Confidence.MEDIUM,
    sources=("BP13",),
    contexts=(REQUEST, TASK),
    fix=Safety.UNSAFE,
    links=("https://docs.djangoproject.com/en/stable/ref/models/instances/#specifying-which-fields-to-save",),
)

_TRACKED = ("SavesChanges", "DirtyFieldsMixin", "LifecycleModelMixin", "FieldTracker")


def check(project: Project) -> Iterator[Judgement]:
    saves = [call for call in project.querysets.calls if call.method == "save" and _is_read(call)]
    counted = [(call, found) for call in saves if (found := list(_counted(call)))]
    if not counted:
        if any(
            call.keyword("update_fields") is not None for module in project.source for call in module.calls
        ):
            return
        yield NotApplicable("no row of a known model is counted up and saved")
        return
    for call, found in counted:
        if call.call.args or call.call.keyword("update_fields") is not None or _is_tracked(call, project):
            continue
        if any(name is None for name, _ in call.call.keywords):
            continue
        if not project.contexts.of(call.where.path, call.function) & {REQUEST, TASK}:
            continue
        names = ", ".join(dict.fromkeys(each.target.rpartition(".")[2] for each in found))
        model = project.querysets.relations.name(call.rows.model)
        yield practice.finding(
            call.where,
            f"{call.function} counts {names} of a {model} and saves the whole row: what others wrote to it since it"
            " was read is lost.",
            remedy=f"{call.call.callee}(update_fields=[{_list(_fields(call, project) or [names])}]),"
            f' and the count itself by F("{names.partition(", ")[0]}")',
            symbol=f"{call.function}:{call.rows.model}",
            proof=f"changed in line {found[0].line}",
            fixable=_fields(call, project) is not None,
        )


def _is_read(call: RowCall) -> bool:
    """Whether the row was read: a new one has to be written whole."""
    made = {"new", "create"} & set(call.rows.steps)
    return call.rows.form == "one" and not made and call.call.callee.count(".") == 1


def _counted(call: RowCall) -> Iterator[Assignment]:
    """Assignments before the call that count a column of its row."""
    own = call.call.callee.partition(".")[0]
    if "select_for_update" in call.rows.steps:
        return  # the row is locked: nobody else writes to it meanwhile
    lines = [c.line for c in call.module.calls if c.scope == call.call.scope and c.callee == call.call.callee]
    before = max((line for line in lines if line < call.call.line), default=0)
    for assigned in call.module.assignments:
        target = assigned.target
        if assigned.scope != call.call.scope or not target.startswith(f"{own}.") or target.count(".") != 1:
            continue
        if not before < assigned.line <= call.call.line or call.call.line - assigned.line > 30:
            continue
        if (assigned.operator in "+-" and _is_number(assigned.value)) or _has_f(assigned.value):
            yield assigned


def _is_number(value: Value) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _has_f(value: Value) -> bool:
    if isinstance(value, Operation):
        return any(_has_f(each) for each in value.values)
    return isinstance(value, Invoke) and value.callee.rpartition(".")[2] == "F"


def _is_tracked(call: RowCall, project: Project) -> bool:
    model = project.querysets.relations.models.get(call.rows.model)
    return model is not None and any(base.endswith(_TRACKED) for base in model.bases)


def _fields(call: RowCall, project: Project) -> list[str] | None:
    """All fields that the function changes on the row; None where only running tells."""
    own = call.call.callee.partition(".")[0]
    relations = project.querysets.relations
    model = relations.models.get(call.rows.model)
    if model is None or project.source.find(f"{model.dotted}.save"):
        return None
    names: list[str] = []
    for assigned in call.module.assignments:
        if assigned.scope == call.call.scope and assigned.target.startswith(f"{own}."):
            name = assigned.target.partition(".")[2]
            if assigned.line > call.call.line or relations.field(call.rows.model, name) is None:
                return None
            names.append(name)
    for other in call.module.calls:
        if other.scope == call.call.scope and other.callee.startswith(f"{own}.") and other is not call.call:
            return None
    stamps = [field.name for field in model.fields if field.option("auto_now") is True]
    return list(dict.fromkeys([*names, *stamps]))


def _list(names: list[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


def fix(finding: Finding, project: Project) -> Iterator[Change]:
    """`update_fields` with the fields that the function sets, and those that Django stamps; unsafe because a receiver
    of the model's signals may change others."""
    for call in project.querysets.calls:
        if call.method == "save" and call.where == finding.where and (names := _fields(call, project)):
            yield SetKeyword(
                call.where.path, call.where.line, "update_fields", f"[{_list(names)}]", call="save"
            )
            return


_MODELS = """
    from django.db import models


    class Post(models.Model):
        title = models.CharField(max_length=99)
        hits = models.IntegerField(default=0)
        changed = models.DateTimeField(auto_now=True)
"""
_URLS = """
    from django.urls import path

    from shop import views

    urlpatterns = [path("<int:pk>/", views.post, name="post")]
"""
_VIEW = """
    from django.db.models import F
    from django.http import HttpResponse
    from django.shortcuts import get_object_or_404

    from shop.models import Post


    def post(request, pk):
        found = get_object_or_404(Post, pk=pk)
        found.{}
        found.save({})
        return HttpResponse(found.title)
"""
EXAMPLES = (
    Breaks(
        {
            "config/urls.py": _URLS,
            "shop/models.py": _MODELS,
            "shop/views.py": _VIEW.format('hits = F("hits") + 1', ""),
        },
        at="shop/views.py:11",
        fixed={"shop/views.py": _VIEW.format('hits = F("hits") + 1', 'update_fields=["hits", "changed"]')},
    ),
    Breaks(
        {"config/urls.py": _URLS, "shop/models.py": _MODELS, "shop/views.py": _VIEW.format("hits += 1", "")},
        at="shop/views.py:11",
    ),
    Holds(
        {
            "config/urls.py": _URLS,
            "shop/models.py": _MODELS,
            "shop/views.py": _VIEW.format('hits = F("hits") + 1', 'update_fields=["hits"]'),
        }
    ),
    LooksAlike(
        {
            "config/urls.py": _URLS,
            "shop/models.py": _MODELS,
            "shop/views.py": _VIEW.format('title = request.POST["title"]', ""),
        },
        because="a form that is saved whole is no counter",
    ),
)
