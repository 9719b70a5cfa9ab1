from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from tenfold.project.model import Location
from tenfold.project.readers import source as reader
from tenfold.project.readers.fact_cache import locate_cache
from tenfold.project.readers.files import read_files
from tenfold.project.readers.source import read_source
from tests.builders import write_files

if TYPE_CHECKING:
    from pathlib import Path

    from tenfold.project.source import Source


def read(root: Path, cache: Path | None = None) -> Source:
    source, problems = read_source(root, read_files(root)[0], cache=cache)
    assert problems == ()
    return source


def test_modules_are_named_from_their_source_root(tmp_path: Path) -> None:
    write_files(
        tmp_path,
        {
            "backend/manage.py": "import shop.settings\n",
            "backend/shop/__init__.py": "",
            "backend/shop/settings.py": "",
            "backend/shop/orders/models.py": "from shop import settings\n",
            "docs/conf.py": "",
        },
    )
    names = {module.path: module.name for module in read(tmp_path)}
    assert names["backend/shop/__init__.py"] == "shop"
    assert names["backend/shop/orders/models.py"] == "shop.orders.models"
    assert names["backend/manage.py"] == "manage"


def test_a_file_that_does_not_parse_is_told_with_its_line(tmp_path: Path) -> None:
    write_files(tmp_path, {"a.py": "x = 1\n", "b.py": "x = 1\ny = = 2\n"})
    source = read(tmp_path)
    assert [(u.where, u.why) for u in source.unparsed] == [(Location("b.py", 2), "invalid syntax")]
    assert list(source.by_path) == ["a.py"]


def test_bytes_that_are_no_text_and_files_too_large_become_problems(tmp_path: Path) -> None:
    write_files(
        tmp_path, {"null.py": b"x = 1\0", "big.py": b"#" * 5_000_000, "good.py": b"x = 1\r\ny = 2\r\n"}
    )
    source, problems = read_source(tmp_path, read_files(tmp_path)[0], cache=None)
    assert {str(p.where) for p in problems} == {"null.py", "big.py"}
    assert source.by_path["good.py"].assignments[1].line == 2


def test_other_encodings_and_links_are_read(tmp_path: Path) -> None:
    write_files(
        tmp_path, {"a.py": "# coding: latin-1\nx = 'é'\n".encode("latin-1"), "b.py": b"\xef\xbb\xbfx = 1\n"}
    )
    (tmp_path / "loop").symlink_to(tmp_path)
    source = read(tmp_path)
    assert source.by_path["a.py"].assignments[0].value == "é"
    assert source.by_path["b.py"].assignments[0].value == 1


def test_an_unreadable_file_is_a_problem(tmp_path: Path) -> None:
    write_files(tmp_path, {"a.py": "x = 1\n"})
    files = read_files(tmp_path)[0]
    (tmp_path / "a.py").unlink()
    (tmp_path / "a.py").mkdir()  # root may read every file, so it is made one that nobody can read
    problems = read_source(tmp_path, files, cache=None)[1]
    assert [str(p.where) for p in problems] == ["a.py"]


def test_what_is_cached_is_not_parsed_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root, cache = write_files(tmp_path / "p", {"a.py": "f(1)\n", "b.py": "x = = 1\n"}), tmp_path / "cache"
    cold = read(root, cache)
    monkeypatch.setattr(reader, "extract_all", lambda texts: pytest.fail("parsed") if texts else [])
    warm = read(root, cache)
    assert warm.by_path["a.py"].calls == cold.by_path["a.py"].calls
    assert warm.unparsed == cold.unparsed


def test_changed_content_is_read_anew_and_unused_facts_are_dropped(tmp_path: Path) -> None:
    root, cache = write_files(tmp_path / "p", {"a.py": "f()\n" * 500}), tmp_path / "cache"
    read(root, cache)
    before = locate_cache(cache).stat().st_size
    write_files(root, {"a.py": "g()\n"})
    assert [call.callee for call in read(root, cache).by_path["a.py"].calls] == ["g"]
    assert locate_cache(cache).stat().st_size < before


@pytest.mark.parametrize("damage", [b"", b"tenfold", b"\xff" * 400])
def test_a_damaged_cache_is_rebuilt(tmp_path: Path, damage: bytes) -> None:
    root, cache = write_files(tmp_path / "p", {"a.py": "f()\n"}), tmp_path / "cache"
    read(root, cache)
    good = locate_cache(cache).read_bytes()
    for bad in (damage, good[:-3] + damage, good[: len(good) // 2]):
        locate_cache(cache).write_bytes(bad)
        assert len(read(root, cache).by_path["a.py"].calls) == 1
        assert locate_cache(cache).read_bytes() == good


def test_a_cache_that_cannot_be_written_is_a_problem(tmp_path: Path) -> None:
    root = write_files(tmp_path / "p", {"a.py": "f()\n"})
    write_files(tmp_path, {"cache": "a file, no folder"})
    source, problems = read_source(root, read_files(root)[0], cache=tmp_path / "cache")
    assert len(source.by_path) == 1
    assert len(problems) == 1


def test_two_processes_give_what_one_gives(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = write_files(tmp_path, {f"m{i}.py": f"f({i})\n" for i in range(7)} | {"bad.py": "x = = 1\n"})
    one = read(root)
    monkeypatch.setattr(reader, "MANY", 3)
    two = read(root)
    assert {m.path: m.calls for m in one} == {m.path: m.calls for m in two}
    assert one.unparsed == two.unparsed


def test_what_fails_here_is_asked_of_a_newer_interpreter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = write_files(tmp_path, {"a.py": "x = = 1\n"})
    newer = tmp_path / "newer"
    reply = "import marshal,sys; from tenfold.project.packed import EMPTY;"
    write_files(
        tmp_path, {"newer": f"#!{sys.executable}\n{reply} marshal.dump([EMPTY], sys.stdout.buffer, 4)\n"}
    )
    write_files(tmp_path, {"broken": f"#!{sys.executable}\nraise SystemExit(127)\n"})
    newer.chmod(0o755)
    (tmp_path / "broken").chmod(0o755)
    monkeypatch.setattr(reader, "find_newer_interpreters", lambda: (str(tmp_path / "broken"), str(newer)))
    source = read(root)
    assert source.unparsed == ()
    assert "a.py" in source.by_path


def test_reading_never_executes_project_code(tmp_path: Path) -> None:
    mark = tmp_path / "executed"
    hostile = f"open({str(mark)!r}, 'w')\nraise SystemExit(1)\n"
    root = write_files(tmp_path / "p", {"manage.py": hostile, "sitecustomize.py": hostile, "ast.py": hostile})
    write_files(root, {"broken.py": "x = = 1\n"})
    read(root)
    assert not mark.exists()


def test_bases_are_found_in_the_environment_inside_the_project(tmp_path: Path) -> None:
    packages = ".venv/lib/python3.12/site-packages/"
    write_files(
        tmp_path,
        {
            "shop/models.py": "from stamps import Stamped\nclass Order(Stamped): pass\n",
            packages + "stamps/__init__.py": "from .base import Stamped\n",
            packages + "stamps/base.py": "from django.db import models\nclass Stamped(models.Model): pass\n",
        },
    )
    source = read(tmp_path)
    assert source.ancestors("shop.models.Order")[:2] == ("stamps.Stamped", "django.db.models.Model")


def test_the_shipped_table_knows_third_party_bases(tmp_path: Path) -> None:
    text = (
        "from mptt.models import MPTTModel\nfrom django.views.generic.list import ListView\n"
        "from rest_framework.viewsets import ModelViewSet\nfrom django.contrib.gis.db import models\n"
        "class A(MPTTModel): pass\nclass B(ListView): pass\n"
        "class C(ModelViewSet): pass\nclass D(models.Model): pass\n"
    )
    source = read(write_files(tmp_path, {"shop/models.py": text}))
    assert "django.db.models.Model" in source.ancestors("shop.models.A")
    assert source.ancestors("shop.models.B")[0] == "django.views.generic.ListView"
    assert {"rest_framework.views.APIView", "django.views.View"} <= set(source.ancestors("shop.models.C"))
    assert source.ancestors("shop.models.D")[0] == "django.db.models.Model"


@pytest.mark.parametrize("line", ["from . import *", "from .. import *", f"from {'x' * 300} import *"])
def test_a_name_that_no_file_can_have_is_not_looked_for_in_the_environment(tmp_path: Path, line: str) -> None:
    text = f"{line}\nclass Order(Stamped): pass\n"
    write_files(tmp_path, {"models.py": text, ".venv/lib/python3.12/site-packages/a.py": ""})
    assert read(tmp_path).ancestors("models.Order") == ("Stamped",)
