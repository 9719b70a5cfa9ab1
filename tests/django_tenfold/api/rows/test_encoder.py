"""JSON from plain values: both encoders write the same."""

from __future__ import annotations

import json
from collections import OrderedDict, namedtuple
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from django.db import models
from django.http import QueryDict
from django.test import override_settings
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy
from rest_framework.utils.encoders import JSONEncoder

from django_tenfold.api.rows.encoder import encode
from tests.django_site.reads.models import Book

Pair = namedtuple("Pair", "first second")


class Half(float):
    def __repr__(self) -> str:
        return "half"


class Level(models.IntegerChoices):
    LOW = 1


VALUES: list[Any] = [
    {"a": [1, 2.5, True, None, "\u00fc\u2028\U0001f600"], 1: "one"},
    [datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=UTC), datetime(2026, 1, 2), date(2026, 1, 2), time(3, 4)],
    [Decimal("1.50"), UUID(int=5), timedelta(days=1, seconds=2), b"bytes", gettext_lazy("word")],
    2**80,
    "half a pair \ud800",
    QueryDict("a=1&a=2&b="),
    {
        mark_safe("key"): [
            mark_safe("safe"),
            Book.Kind.PAPER,
            Level.LOW,
            Pair(1, (2,)),
            OrderedDict(a=1),
            Half(0.5),
        ]
    },
]


@pytest.mark.parametrize("encoder", ["orjson", "json"])
@pytest.mark.parametrize("value", VALUES, ids=range(len(VALUES)))
def test_values_are_written_as_rest_framework_writes_them(encoder: str, value: Any) -> None:
    if encoder == "orjson":
        pytest.importorskip("orjson")
    with override_settings(TENFOLD_API={"encoder": encoder}):
        assert json.loads(encode(value)) == json.loads(json.dumps(value, cls=JSONEncoder))


def test_what_json_does_not_know_is_refused() -> None:
    with override_settings(TENFOLD_API={"encoder": "json"}):
        with pytest.raises(TypeError, match="object cannot be written in JSON"):
            encode(object())
        with pytest.raises(ValueError, match="JSON compliant"):
            encode(float("nan"))
