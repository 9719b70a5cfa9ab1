from __future__ import annotations

import time
from typing import TYPE_CHECKING

from tenfold.project.readers.module_names import name_modules
from tenfold.project.readers.syntax import extract
from tenfold.project.source import Module, Source

if TYPE_CHECKING:
    from collections.abc import Mapping

KNOWN = {"django.db.models.Model": (), "mptt.models.MPTTModel": ("django.db.models.Model",)}


def make(files: Mapping[str, str]) -> Source:
    names = name_modules(files, {})
    return Source(
        [Module(path, names[path], extract(text)) for path, text in files.items()],  # type: ignore[arg-type]
        known_bases=KNOWN,
        spellings={"django.db.models.base.Model": "django.db.models.Model"},
    )


def called(source: Source, *names: str) -> list[str]:
    return [f"{module.path}:{call.line}" for module, call in source.calls_to(*names)]


def test_a_name_is_followed_through_reexports_and_star_imports() -> None:
    source = make(
        {
            "shop/__init__.py": "from .inner import *\n",
            "shop/inner/__init__.py": "from .deep import Thing as Other\n",
            "shop/inner/deep.py": "class Thing: pass\n",
            "web/views.py": "import shop as s\nfrom shop import Other\nimport shop.inner.deep\n",
            "web/__init__.py": "",
        }
    )
    views = source.by_path["web/views.py"]
    for written in ("Other", "s.Other", "s.inner.Other", "shop.inner.deep.Thing"):
        assert source.resolve(views, written) == "shop.inner.deep.Thing"
    assert source.resolve(views, "Other.objects.all().x") == "shop.inner.deep.Thing.objects.all().x"
    assert source.find("shop.Other") == (source.by_path["shop/inner/deep.py"], 1)


def test_all_limits_what_a_star_import_gives() -> None:
    source = make({"a.py": "__all__ = ['x']\ndef x(): ...\ndef y(): ...\n", "b.py": "from a import *\n"})
    assert source.resolve(source.by_path["b.py"], "x") == "a.x"
    assert source.resolve(source.by_path["b.py"], "y") == "y"


def test_cycles_of_imports_and_bases_end() -> None:
    source = make(
        {
            "a.py": "from b import *\nfrom b import x\nclass A(x): ...\n",
            "b.py": "from a import *\nfrom a import x\nclass A(A): ...\n",
        }
    )
    assert isinstance(source.resolve(source.by_path["a.py"], "x"), str)
    assert isinstance(source.resolve(source.by_path["a.py"], "nowhere"), str)
    assert isinstance(source.ancestors("b.A"), tuple)


def test_builtins_and_foreign_names_stay_as_written() -> None:
    source = make({"a.py": "from django.db import models as m\nfrom django.db.models.base import Model\n"})
    module = source.by_path["a.py"]
    assert source.resolve(module, "print") == "print"
    assert source.resolve(module, "m.CharField") == "django.db.models.CharField"
    assert source.resolve(module, "Model") == "django.db.models.Model"


def test_another_name_of_an_import_is_followed() -> None:
    source = make({"a.py": "import requests\nget = requests.get\nget('x')\n"})
    assert called(source, "requests.get") == ["a.py:3"]


def test_local_names_hide_imports() -> None:
    source = make(
        {
            "a.py": "import requests\n"
            "def f(requests):\n    requests.get('no')\n"
            "def g():\n    requests.get('yes')\n"
            "def h():\n    requests = Session()\n    requests.get('no')\n"
            "def i():\n    from requests import get as fetch\n    fetch('yes')\n"
            "class A:\n    requests = 1\n    def m(self):\n        requests.get('yes')\n"
        }
    )
    assert called(source, "requests.get") == ["a.py:5", "a.py:11", "a.py:15"]


def test_self_is_the_class_in_a_method() -> None:
    source = make(
        {"a.py": "class A:\n    def f(self): self.g()\n    @staticmethod\n    def h(self): self.g()\n"}
    )
    assert called(source, "a.A.g") == ["a.py:2"]


def test_a_call_is_found_under_a_name_that_another_module_gave_it() -> None:
    source = make({"a.py": "from b import grab\ngrab()\n", "b.py": "from requests import get as grab\n"})
    assert called(source, "requests.get") == ["a.py:2"]


def test_ancestors_stand_in_the_order_of_python() -> None:
    source = make(
        {
            "a.py": "from mptt.models import MPTTModel\n"
            "class Base(MPTTModel): ...\nclass Left(Base): ...\nclass Right(Base): ...\n"
            "class Both(Left, Right): ...\n"
        }
    )
    expected = ("a.Left", "a.Right", "a.Base", "mptt.models.MPTTModel", "django.db.models.Model")
    assert source.ancestors("a.Both") == expected


def test_a_base_may_be_generic_made_by_a_call_or_bear_the_same_name() -> None:
    source = make(
        {
            "a.py": "from django.db.models import Model\nimport six\n"
            "class Model(Model): ...\nclass A(Model[int]): ...\n"
            "class B(six.with_metaclass(Meta, A)): ...\nclass C(make()): ...\n"
        }
    )
    assert source.ancestors("a.B") == ("a.A", "a.Model", "django.db.models.Model")
    assert source.ancestors("a.C") == ("make()",)


def test_subclasses_are_found_across_files_and_by_any_spelling() -> None:
    source = make(
        {
            "shop/__init__.py": "",
            "shop/base.py": "from django.db import models\nclass Stamped(models.Model): ...\n",
            "shop/models.py": "from .base import Stamped\nclass Order(Stamped): ...\nclass Other: ...\n",
        }
    )
    found = [m.qualname(i) for m, i in source.subclasses("django.db.models.base.Model")]
    assert found == ["shop.base.Stamped", "shop.models.Order"]


def test_chains_deeper_than_the_stack_end() -> None:
    stars = {f"m{i}.py": f"from m{i + 1} import *\nfrom m{i + 1} import g\n" for i in range(2000)}
    deep = "class C0: ...\n" + "".join(f"class C{i + 1}(C{i}): ...\n" for i in range(2000))
    source = make({**stars, "deep.py": deep})
    assert isinstance(source.resolve(source.by_path["m0.py"], "f"), str)
    assert isinstance(source.resolve(source.by_path["m0.py"], "g"), str)
    assert source.ancestors("deep.C2000")[0] == "deep.C1999"


def test_resolution_of_many_names_is_fast() -> None:
    source = make(
        {f"m{i}.py": f"from m{i + 1} import *\n" for i in range(300)} | {"m300.py": "def f(): ...\n"}
    )
    start = time.perf_counter()
    assert source.resolve(source.by_path["m0.py"], "f") == "m300.f"
    assert time.perf_counter() - start < 2
