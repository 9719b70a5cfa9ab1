from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tenfold.config import Config, UpConfig
from tenfold.errors import TenfoldError
from tenfold.project.model import Known, Unknown
from tenfold.stack.inspected import Inspected
from tenfold.stack.runner import preparing
from tenfold.stack.runner.binaries import Missing
from tenfold.stack.runner.preparing import Wish, prepare
from tenfold.stack.service import Binary
from tenfold.topology.model import Machine
from tests.builders import write_files
from tests.stack.example_site import GIB

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tenfold.stack.runner.preparing import Prepared
    from tenfold.stack.service import BinaryNeed

FILES = {
    "manage.py": "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'shop.settings')\n",
    "shop/__init__.py": "",
    "shop/settings.py": "SECRET_KEY = 'x'\nINSTALLED_APPS = []\nROOT_URLCONF = 'shop.urls'\n",
    "shop/urls.py": "urlpatterns = []\n",
    "shop/wsgi.py": "application = None\n",
}
FACTS = {
    "INSTALLED_APPS": [],
    "ROOT_URLCONF": "shop.urls",
    "WSGI_APPLICATION": "shop.wsgi.application",
    "DATABASES": {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "db.sqlite3"}},
}
INSPECTED = Inspected(
    executable=sys.executable,
    python=(3, 13),
    django="6.0",
    installed={"django": "6.0"},
    facts=FACTS,
    names=frozenset(FACTS),
)
RARE = frozenset({"pgbouncer", "varnish", "prometheus", "rabbitmq", "memcached"})
"""Programs that the fake machine has not."""


class FakeMachine:
    """What preparing asks the world for, answered at once."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.lacks = set(RARE)
        self.interpreter: Known[Path] | Unknown = Known(Path(sys.executable))

    def find_binaries(
        self, needs: Iterable[BinaryNeed], wishes: Mapping[str, str], *, wheels: bool | None = None
    ) -> tuple[dict[str, Binary], tuple[Missing, ...]]:
        every = list(needs)
        found = {
            need.name: Binary(need.name, f"/opt/bin/{need.name}", "path", "9.9", source="PATH")
            for need in every
            if need.name not in self.lacks
        }
        return found, tuple(Missing(need) for need in every if need.name in self.lacks)

    def prepare(self, *, keep: bool = False, **up: Any) -> Prepared:
        return prepare(Wish(self.root, Config(up=UpConfig(**up)), environment={}), keep=keep)


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeMachine:
    """A tiny project in tmp_path/shop, on a machine with all programs but the rare ones."""
    root = tmp_path / "shop"
    write_files(root, FILES)
    fake = FakeMachine(root)
    monkeypatch.setattr(preparing, "find_interpreter", lambda *_, **__: fake.interpreter)
    monkeypatch.setattr(preparing, "inspect", lambda *_, **__: INSPECTED)
    monkeypatch.setattr(preparing, "find_binaries", fake.find_binaries)
    monkeypatch.setattr(preparing, "read_machine", lambda: Machine(2, 4 * GIB, 65_536))
    return fake


def contents(root: Path) -> dict[str, str]:
    return {str(path): path.read_text() for path in sorted(root.rglob("*")) if path.is_file()}


def test_a_plan_that_starts_nothing_writes_nothing(machine: FakeMachine) -> None:
    plan = machine.prepare().plan
    assert {"postgres", "app-1", "edge"} <= {one.name for one in plan.services}
    assert sorted(path.name for path in machine.root.iterdir()) == ["manage.py", "shop"]


def test_a_plan_leaves_what_an_earlier_start_has_kept_and_uses_it(machine: FakeMachine) -> None:
    first = machine.prepare(keep=True).plan
    kept = contents(machine.root)
    assert str(machine.root / ".tenfold/ports.json") in kept
    again = machine.prepare().plan
    assert contents(machine.root) == kept
    assert again.url == first.url
    assert again.environment == first.environment


def test_what_is_written_stays_out_of_version_control(machine: FakeMachine) -> None:
    machine.prepare(keep=True)
    assert (machine.root / ".tenfold/.gitignore").read_text() == "*\n"


@pytest.mark.parametrize("name", ["nginx", "postgres", "valkey"])
def test_a_program_that_nothing_stands_in_for_is_demanded_by_name(machine: FakeMachine, name: str) -> None:
    machine.lacks.add(name)
    with pytest.raises(TenfoldError) as caught:
        machine.prepare()
    assert name in caught.value.what
    assert "tenfold[stack]" in caught.value.next_step
    assert not (machine.root / ".tenfold").exists()


def test_the_notes_tell_the_server_the_programs_and_what_stands_in_for_one(machine: FakeMachine) -> None:
    notes = machine.prepare().plan.notes
    assert notes[0] == "The application runs on granian: the project names no server."
    assert "nginx 9.9 from PATH" in notes
    told = "\n".join(notes)
    assert "pgbouncer was not found; in its place: connections that the project's own processes keep" in told
    assert not [name for name in RARE - {"pgbouncer"} if name in told]


def test_a_missing_program_that_was_asked_for_is_told(machine: FakeMachine) -> None:
    told = "\n".join(machine.prepare(services=("varnish",), pooler="pool").plan.notes)
    assert "varnish was not found" in told
    assert "pgbouncer" not in told


def test_a_program_that_is_there_is_not_called_missing(machine: FakeMachine) -> None:
    machine.lacks.clear()
    plan = machine.prepare().plan
    assert "pooler" in {one.name for one in plan.services}
    assert "was not found" not in "\n".join(plan.notes)


def test_a_program_that_no_service_runs_is_refused(machine: FakeMachine) -> None:
    with pytest.raises(TenfoldError, match="ngnix"):
        machine.prepare(binaries={"ngnix": "/usr/sbin/nginx"})


def test_a_project_without_an_interpreter_is_told_how_to_make_one(machine: FakeMachine) -> None:
    machine.interpreter = Unknown("no environment has Django")
    with pytest.raises(TenfoldError) as caught:
        machine.prepare()
    assert caught.value.why == "no environment has Django."
    assert "-m venv" in caught.value.next_step


def test_a_folder_that_servers_cannot_be_told_of_is_refused(machine: FakeMachine, tmp_path: Path) -> None:
    machine.root = machine.root.rename(tmp_path / "a$b")
    with pytest.raises(TenfoldError, match="nginx takes it for a variable"):
        machine.prepare()


def test_the_environment_of_a_plan_is_what_its_processes_get(machine: FakeMachine) -> None:
    plan = machine.prepare(environment={"STRIPE_KEY": "sk_test"}).plan
    assert plan.environment["STRIPE_KEY"] == "sk_test"
