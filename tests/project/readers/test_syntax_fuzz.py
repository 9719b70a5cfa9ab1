"""Mutated sources: whatever the bytes, a file gives facts or a reason, never a crash."""

from __future__ import annotations

import os
import warnings

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tenfold.project.model import Problem
from tenfold.project.readers.syntax import extract_all
from tenfold.project.readers.text import decode
from tenfold.project.source import Module, Source

EXAMPLES = int(os.environ.get("TENFOLD_FUZZ", "200"))

SEEDS = (
    b"""from __future__ import annotations
import os, sys as system
from . import models
from ..shop.models import (Order as O, *)
class View(Base[int], metaclass=Meta, **options):
    queryset = O.objects.filter(paid=True).order_by("-made")[:10]
    def get(self, request, /, *args, key: str = "x", **kwargs) -> None:
        for a, (b, *c) in zip(self.items, [x for y in z if y for x in y]):
            total += a.price * -1 if b else None
        else:
            return render(request, f"{self.name!r:>{width}}", {**context, "a": 1})
""",
    b"""@app.task(bind=True)
async def send(self, *, pk):
    try:
        async with session() as s, open("f") as f:
            await s.get(url, timeout=(1, 2))
    except (ValueError, KeyError) as error:
        raise Retry() from error
    except* OSError:
        pass
    finally:
        del x.y[0]
    while (n := read()) > 0 and not done or other:
        yield lambda v, *, w=1: v if w else (v for v in w)
""",
    b"""match command.split():
    case [Point(x=0), *rest] if rest:
        x: list[int] = [1, 2]
    case {"key": value, **others} | None:
        global counter; counter = {1, 2, 3}
    case _:
        assert x == y < z, "\\d \\N{DASH}"
type Pair[T] = tuple[T, T]
""",
    "# -*- coding: latin-1 -*-\nname = 'caf\xe9'\nprint(name, 0x1F, 1_000, 1e400, 3j, b'\\xff')\r\n".encode(
        "latin-1"
    ),
    b"try:\n    pass\nexcept ValueError, KeyError:\n    x = 1 if a else 2\n"
    + b"y = "
    + b"(" * 30
    + b")" * 30
    + b"\n",
)


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """A seed with up to six deletions, insertions, truncations, swaps and doublings."""
    data = bytearray(draw(st.sampled_from(SEEDS)))
    for _ in range(draw(st.integers(0, 6))):
        at, other = draw(st.integers(0, len(data))), draw(st.integers(0, len(data)))
        low, high = min(at, other), max(at, other)
        kind = draw(st.sampled_from(("delete", "insert", "truncate", "swap", "double")))
        if kind == "delete":
            del data[low : min(high, low + 8)]
        elif kind == "insert":
            data[at:at] = draw(
                st.binary(max_size=6) | st.sampled_from((b"(", b"[", b"\n", b"\0", b"lambda:", b"{**"))
            )
        elif kind == "truncate":
            del data[at:]
        elif kind == "swap" and high < len(data):
            data[low], data[high] = data[high], data[low]
        elif kind == "double":
            data[at:at] = data[low : min(high, low + 200)]
    return bytes(data)


@settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(mutated())
def test_mutated_source_gives_facts_or_a_reason(data: bytes) -> None:
    text = decode(data, "shop/views.py")
    if isinstance(text, Problem):
        assert text.what
        return
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        (facts,) = extract_all([text])
    if len(facts) == 2:
        line, why = facts
        assert line >= 0
        assert why
        return
    module = Module("shop/views.py", "shop.views", facts)
    source = Source([module])
    assert all(0 <= call.scope < len(module.scopes) for call in module.calls)
    assert all(-1 <= call.loop < len(module.loops) for call in module.calls)
    assert all(0 <= a.scope < len(module.scopes) for a in module.assignments)
    assert all(scope.parent < index for index, scope in enumerate(module.scopes))
    for index, scope in enumerate(module.scopes):
        assert isinstance(source.ancestors(module.qualname(index)), tuple), scope
    for call in module.calls:
        assert isinstance(source.resolve(module, call.callee, call.scope), str)
