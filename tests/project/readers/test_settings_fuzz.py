"""Mutated settings sources: whatever a file holds, reading it ends, and never with an exception."""

from __future__ import annotations

import os
from itertools import pairwise

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tenfold.project.model import Known
from tenfold.project.readers.settings_evaluator.evaluation import evaluate_settings
from tenfold.project.settings import Settings

EXAMPLES = int(os.environ.get("TENFOLD_FUZZ", "200"))
STATEMENTS = (
    "import os, sys, environ, dj_database_url",
    "from pathlib import Path",
    "from decouple import config, Csv",
    "from .base import *",
    "from missing import *",
    "BASE_DIR = Path(__file__).resolve().parent.parent",
    "env = environ.Env(DEBUG=(bool, False), A=int)",
    'DEBUG = env("DEBUG")',
    'A = os.environ.get("A", "1,2").split(",")',
    'B = {"default": {"X": 1, **C}, "list": [1, *A]}',
    'B["default"]["Y"] = env.db()',
    "A += [1, 2]",
    "A.append(B)",
    "A[0] = A",
    "B.update(B)",
    "C = A if DEBUG else B",
    "C = [x for x in A if x]",
    "C = {k: v for k, v in B.items()}",
    'D = f"{A!r:>10}{B}" % C',
    "D = lambda *a, **k: a[0](k)",
    "E = D(D, D)",
    "if DEBUG:\n    A = B\nelif A:\n    del A\nelse:\n    B = A",
    'if "test" in sys.argv:\n    A.insert(0, "x")\n    raise SystemExit',
    "for n in A:\n    if n:\n        continue\n    B[n] = n\n    break\nelse:\n    C = 1",
    "while A:\n    A.pop()",
    "try:\n    from .local import *\nexcept ImportError:\n    pass\nfinally:\n    F = 1",
    'try:\n    K = os.environ["K"]\nexcept KeyError:\n    K = A',
    "def helper(a, b=A, *c, **d):\n    if a:\n        return helper(b, a)\n"
    "    for x in c:\n        return x\n    return d",
    "G = helper(*A, **B)",
    "class Base:\n    X = A\n    @property\n    def Y(self):\n        return [*super().Y, self.X, self.Y]",
    "class Sub(Base, Base):\n    Z = Base.X\nSub.load_settings(__name__)",
    'H = config("H", default=A, cast=Csv())',
    "I = dj_database_url.config(default=D, conn_max_age=A)",
    "J = A[1:][B] + C[A] | D",
    'globals().update(B)\nglobals()["K"] = A',
    "L: int = (M := A) and not B or C < D <= E",
    'match A:\n    case 1 | "x":\n        N = 1\n    case _:\n        N = A',
    'with open("x") as f:\n    O = f.read()',
    "P, *Q = A",
    "A, B = B, A",
    "S = 10 ** 10 ** 10",
    'T = "x" * 10 ** 9',
    "U = 1 << 10 ** 9",
    'V = "%999999999d" % 1',
    'W = f"{1:999999999}"',
    "X = [[A] * 1000 for _ in range(1000)] * 1000",
    'Y = "{:>999999999}".format(1)',
    "for n in range(300):\n    A += A",
    "for n in range(300):\n    T = (A, A)\n    A = [T, T]",
    'Z = "x".replace("", "y" * 900) * 99\nZ = Z.replace("y", Z)',
)
TOKENS = (
    "A",
    "B",
    "DEBUG",
    "env",
    "None",
    "0",
    "[]",
    "{}",
    "()",
    "not",
    "*",
    "**",
    ".x",
    "[0]",
    "'",
    "\\",
    "\n",
    " ",
)


@st.composite
def make_sources(draw: st.DrawFn) -> str:
    """Statements in any order, then spans cut out, doubled, exchanged or replaced by other tokens."""
    lines = draw(st.lists(st.sampled_from(STATEMENTS), min_size=1, max_size=25))
    text = "\n".join(lines) + "\n"
    for _ in range(draw(st.integers(0, 3))):
        start = draw(st.integers(0, len(text)))
        end = min(len(text), start + draw(st.integers(0, 6)))
        token = draw(st.one_of(st.sampled_from(TOKENS), st.text(max_size=3)))
        text = text[:start] + token + text[end:]
    return text


@settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow])
@given(make_sources())
def test_no_source_makes_the_reader_fail(source: str) -> None:
    texts = {"shop/settings.py": source, "shop/base.py": "A = [1]\nB = {}\nC = {'x': 1}\n"}
    values, session = evaluate_settings(
        "shop.settings", "shop/settings.py", read=texts.__getitem__, paths=frozenset(texts)
    )
    found = Settings(Known("shop.settings"), path="shop/settings.py", values=values)
    for name in values:
        found.possible(name, development=True)
        found.possible(name, "default", "X")
        found.entries(name)
        found.known(name)
    lines = [each.where.line for each in session.assigned if each.where.path == "shop/settings.py"]
    assert all(line > 0 for line in lines)
    assert all(first is not second for first, second in pairwise(session.assigned))
