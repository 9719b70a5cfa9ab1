from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tenfold.project.readers.project import read_project
from tests.practices.example_project import write_project

if TYPE_CHECKING:
    from pathlib import Path

MODELS = """
from django.db import models


class Buyer(models.Model):
    name = models.CharField(max_length=9)


class Order(models.Model):
    buyer = models.ForeignKey(Buyer, on_delete=models.CASCADE, related_name="orders")
    total = models.DecimalField(max_digits=9, decimal_places=2)
    note = models.CharField(max_length=9)
    begun = models.DateTimeField()
    ended = models.DateTimeField()
"""
HEAD = (
    "import statistics\nfrom collections import Counter, defaultdict\n\nfrom shop.models import Order\n\n\n"
)


def read(root: Path, *lines: str) -> list[tuple[str, tuple[str, ...]]]:
    """(name, columns) of each figure in a function of these lines."""
    body = "".join(f"    {line}\n" for line in lines)
    write_project(root, {"shop/models.py": MODELS, "shop/views.py": f"{HEAD}def view(given):\n{body}"})
    return [(one.name, one.columns) for one in read_project(root).querysets.figures]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("sum(o.total for o in Order.objects.all())", ("sum", ("total",))),
        ("max(o.total * 2 for o in Order.objects.filter(note='x') if o.note)", ("max", ("note", "total"))),
        (
            "sum((o.ended - o.begun).total_seconds() for o in Order.objects.all())",
            ("sum", ("ended", "begun")),
        ),
        ("sum(1 for _ in Order.objects.all())", ("sum", ())),
        ("statistics.mean([float(o.total) for o in Order.objects.all()])", ("statistics.mean", ("total",))),
        ("Counter(o.buyer.name for o in Order.objects.all())", ("Counter", ("buyer.name",))),
        ("Counter(o.buyer_id for o in Order.objects.all())", ("Counter", ("buyer_id",))),
        ("Counter(Order.objects.values_list('note', flat=True))", ("Counter", ())),
        ("len(Order.objects.all())", ("len", ())),
        ("len(set(Order.objects.values_list('note', flat=True)))", ("len(set)", ())),
        ("list(Order.objects.values_list('pk', flat=True)).index(given) + 1", ("index", ())),
    ],
)
def test_a_figure_of_rows_is_known_by_its_function_and_columns(
    value: str, expected: tuple[str, tuple[str, ...]], tmp_path: Path
) -> None:
    assert read(tmp_path, f"return {value}") == [expected]


def test_the_functions_that_share_one_list_of_values_are_told(tmp_path: Path) -> None:
    made = 'totals = list(Order.objects.values_list("total", flat=True))'
    assert read(tmp_path, made, "return sum(totals) / len(totals)") == [("sum", ()), ("len", ())]


def test_a_loop_that_only_adds_up_is_a_figure(tmp_path: Path) -> None:
    loop = ["found = defaultdict(int)", "for o in Order.objects.all():", "    found[o.buyer_id] += o.total"]
    assert read(tmp_path, *loop, "return found") == [("+=", ("total", "buyer_id"))]


@pytest.mark.parametrize(
    "value",
    [
        "sum(o.price() for o in Order.objects.all())",
        "sum(price(o) for o in Order.objects.all())",
        "sum(o.profit for o in Order.objects.all())",
        "sum((o.lines for o in Order.objects.all()), [])",
        "sum(o.total for o in Order.objects.filter(pk__in=given))",
        "max(Order.objects.all(), key=given)",
        "max(given, Order.objects.count())",
        "len(Order.objects.all()) > 3",
        "sum(o.total for o in given)",
        "sum(o.total for b in given for o in Order.objects.filter(buyer=b))",
    ],
)
def test_what_the_database_cannot_make_alone_is_no_figure(value: str, tmp_path: Path) -> None:
    assert read(tmp_path, f"return {value}") == []


@pytest.mark.parametrize(
    "use",
    [
        "return sum(o.total for o in orders), orders",
        "return sum(o.total for o in orders), orders[0].note",
        "return [sum(o.total for o in orders), *(o.note for o in orders)]",
        "return render(given, 'orders.html', {'total': sum(o.total for o in orders), 'orders': orders})",
        "return [sum(o.total for o in orders if o.note == x) for x in given]",
    ],
)
def test_rows_that_serve_something_else_too_are_left_alone(use: str, tmp_path: Path) -> None:
    assert read(tmp_path, "orders = Order.objects.all()", use) == []


@pytest.mark.parametrize(
    "body",
    [
        ["    text += o.note"],
        ["    total += o.total", "    o.save()"],
        ["    total += o.total", "    last = o.note"],
        ["    found += [o.total]"],
        ["    if o.note:", "        return o.total", "    total += o.total"],
    ],
)
def test_a_loop_that_does_more_than_add_numbers_is_no_figure(body: list[str], tmp_path: Path) -> None:
    assert read(tmp_path, "for o in Order.objects.all():", *body) == []
