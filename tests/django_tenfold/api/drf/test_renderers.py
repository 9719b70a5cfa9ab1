"""REST framework's renderer beside ours: what it writes is right by definition."""

from __future__ import annotations

import json
from datetime import UTC, time
from typing import Any

import pytest
from django.http import QueryDict
from rest_framework.renderers import JSONRenderer
from rest_framework.utils.encoders import JSONEncoder
from rest_framework.utils.serializer_helpers import ReturnDict, ReturnList

from django_tenfold.api.drf.renderers import FastJSONRenderer

DATA: list[Any] = [
    None,
    {"a": [1, "\u00fc \u2028 \u2029 \U0001f600", None, 1.5]},
    QueryDict("a=1&a=2&b="),
    ReturnList([ReturnDict({"a": 1}, serializer=None)], serializer=None),
    {"both": {1, 2}},
]


class ShoutingEncoder(JSONEncoder):
    def default(self, obj: Any) -> Any:
        return "SET" if isinstance(obj, set) else super().default(obj)


@pytest.mark.parametrize("data", DATA, ids=range(len(DATA)))
@pytest.mark.parametrize(
    "settings",
    [{}, {"compact": False}, {"ensure_ascii": True}, {"strict": False}, {"encoder_class": ShoutingEncoder}],
    ids=str,
)
def test_every_byte_is_rest_frameworks_whatever_its_settings_say(settings: dict[str, Any], data: Any) -> None:
    plain, fast = (type("Own", (kind,), settings)() for kind in (JSONRenderer, FastJSONRenderer))
    for media_type in ("application/json", "application/json; indent=2"):
        assert fast.render(data, media_type) == plain.render(data, media_type)


def test_numbers_that_are_none_are_written_where_they_are_allowed() -> None:
    lenient = type("Lenient", (FastJSONRenderer,), {"strict": False})()
    assert lenient.render([float("nan")]) == b"[NaN]"
    assert json.loads(FastJSONRenderer().render([float("nan")])) == [None]


def test_a_time_with_an_offset_is_an_error_in_both() -> None:
    for renderer in (JSONRenderer(), FastJSONRenderer()):
        with pytest.raises(ValueError, match="timezone-aware times"):
            renderer.render([time(1, tzinfo=UTC)])
