from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tenfold.project.readers.variable_docs import read_variable_docs
from tests.project.readers.settings_reading import read

if TYPE_CHECKING:
    from pathlib import Path

    from tenfold.project.documented_variables import DocumentedVariable


def docs(tmp_path: Path, source: str) -> dict[str, DocumentedVariable]:
    return {one.name: one for one in read_variable_docs(tmp_path, read(tmp_path, source))}


@pytest.mark.parametrize(
    ("source", "required", "default"),
    [
        ("import os\nA = os.environ['A']", True, None),
        ("import os\nA = os.environ.get('A')", False, None),
        ("import os\nA = os.environ.get('A', 'b')", False, "b"),
        ("import os\nA = os.getenv('A', 3)", False, "3"),
        ("import os\nA = int(os.getenv('A', '3'))", False, "3"),
        ("from os import environ\nA = environ['A']", True, None),
        ("import environ\nenv = environ.Env()\nA = env('A')", True, None),
        ("import environ\nenv = environ.Env()\nA = env.bool('A', default=False)", False, "false"),
        ("import environ\nenv = environ.Env(A=(bool, True))\nA = env('A')", False, "true"),
        ("from environs import Env\nenv = Env()\nA = env.list('A', ['x', 'y'])", False, "x,y"),
        ("from environs import Env\nenv = Env()\nA = env.int('A', help_text='n')", True, None),
        ("from decouple import config\nA = config('A', default=5, cast=int)", False, "5"),
        ("from decouple import config\nA = config('A')", True, None),
    ],
)
def test_each_library_tells_what_must_be_set(
    tmp_path: Path, source: str, required: bool, default: str | None
) -> None:
    found = docs(tmp_path, source)["A"]
    assert (found.required, found.default) == (required, default)


def test_help_is_what_the_call_says_else_the_comment(tmp_path: Path) -> None:
    found = docs(
        tmp_path,
        "import os\nfrom django_tenfold.conf import Environment\nfrom environs import Env\n"
        "env = Environment()\nold = Env()\n"
        "A = env.str('A', help='From the call.', example='x', choices=('x', 'y'))  # not this\n"
        "B = old.str('B', help_text='As environs has it')\n"
        "C = os.environ['C']  # beside it\n\n# A heading\n# of two lines.\nD = os.environ['D']\n"
        "E = os.environ['E']  # noqa: S105\n",
    )
    assert [found[name].help for name in "ABCDE"] == [
        "From the call.",
        "As environs has it",
        "beside it",
        "A heading of two lines.",
        "",
    ]
    assert (found["A"].example, found["A"].choices) == ("x", ("x", "y"))


def test_services_are_told_with_all_that_they_read(tmp_path: Path) -> None:
    found = docs(
        tmp_path,
        "from django_tenfold.conf import Environment\nenv = Environment()\n"
        "DATABASES = env.databases(development='sqlite:///x')\nCACHES = env.caches(help='Ours.')\n"
        "STORAGES = env.storages('UPLOADS', default='memory:')\nKEY = env.secret('KEY', development='x')\n",
    )
    database = found["DATABASE_URL"]
    assert (database.required, database.secret, database.from_file, database.help) == (
        True,
        True,
        True,
        "The database.",
    )
    assert found["CACHE_URL"].help == "Ours."
    assert (found["UPLOADS"].required, found["UPLOADS"].help) == (False, "Where uploads are kept.")
    assert (found["DATABASE_POOLER"].required, found["DATABASE_POOLER"].default) == (False, None)
    assert found["DIRECT_URL"].secret
    assert (found["KEY"].required, found["KEY"].secret, found["KEY"].default) == (True, True, None)


def test_a_prefix_belongs_to_the_name(tmp_path: Path) -> None:
    found = docs(
        tmp_path,
        "from django_tenfold.conf import Environment\nenv = Environment(prefix='SHOP_')\n"
        "A = env.int('A', 3, help='Told.')\nCACHES = env.caches()\n",
    )
    assert (found["SHOP_A"].help, found["SHOP_A"].default) == ("Told.", "3")
    assert found["SHOP_CACHE_URL"].required


def test_a_credential_is_known_by_its_name_or_its_kind(tmp_path: Path) -> None:
    found = docs(
        tmp_path,
        "import os, environ\nenv = environ.Env()\n"
        "A = os.environ['STRIPE_API_KEY']\nB = os.environ['DB_PASSWORD']\nC = os.environ['PAGE_SIZE']\n"
        "D = os.environ['STRIPE_PUBLIC_KEY']\nDATABASES = {'default': env.db('MAIN')}\n",
    )
    assert {name: one.secret for name, one in found.items()} == {
        "STRIPE_API_KEY": True,
        "DB_PASSWORD": True,
        "PAGE_SIZE": False,
        "STRIPE_PUBLIC_KEY": False,
        "MAIN": True,
    }


def test_variables_stand_in_the_order_of_the_source(tmp_path: Path) -> None:
    assert list(docs(tmp_path, "import os\nB = os.environ['B']\nA = os.environ['A']\n")) == ["B", "A"]


def test_a_heading_above_is_no_help(tmp_path: Path) -> None:
    assert docs(tmp_path, "import os\n# Required settings\nA = os.environ['A']\n")["A"].help == ""


def test_a_default_is_followed_through_a_function_of_the_project(tmp_path: Path) -> None:
    """As in healthchecks, whose `envsecret` reads NAME_FILE or NAME.
    https://github.com/healthchecks/healthchecks/blob/master/hc/settings.py"""
    found = docs(
        tmp_path,
        "import os\ndef envsecret(s, default=None):\n    if path := os.getenv(s + '_FILE'):\n"
        "        return open(path).read()\n    return os.getenv(s, default)\n"
        "A = envsecret('A')\nB = envsecret('B', 'x')\n",
    )
    assert {name: (one.required, one.default, one.from_file) for name, one in found.items()} == {
        "A": (False, None, True),
        "B": (False, "x", True),
    }
