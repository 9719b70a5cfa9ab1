from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tenfold.project.model import Known, Location
from tenfold.project.readers.source import read_source
from tenfold.project.repository import Command, Repository
from tenfold.project.settings import Possible, Settings
from tenfold.stack.celery_shape import CeleryShape, find_celery
from tenfold.stack.inspected import Inspected
from tests.builders import list_files, make_project, write_files

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

APPLICATION = "from celery import Celery\napp = Celery('shop')\n"


def find(root: Path, files: Mapping[str, str], *commands: Command, **facts: Any) -> CeleryShape:
    write_files(root, files)
    source, _ = read_source(root, list_files(root), cache=None)
    project = make_project(root, source=source, repository=Repository(commands=commands))
    installed = {} if facts.pop("bare", False) else {"celery": "5.5"}
    return find_celery(project, Inspected(installed=installed, facts=facts))


def start(role: str, *words: str) -> Command:
    return Command(words, " ".join(words), Location("Procfile", 2), role, "procfile", role=role)


def test_the_application_is_found_by_what_it_is(tmp_path: Path) -> None:
    files = {"shop/__init__.py": "", "shop/celery.py": APPLICATION, "tests/celery.py": APPLICATION}
    assert find(tmp_path, files).application == "shop.celery:app"


def test_an_application_that_a_function_makes_is_one_too(tmp_path: Path) -> None:
    text = (
        "from celery import Celery\ndef make():\n    made = Celery('shop')\n    return made\napp = make()\n"
    )
    other = "from celery import Celery\ndef make():\n    return 1\nname = make()\n"
    assert find(tmp_path, {"shop/worker.py": text, "shop/a.py": other}).application == "shop.worker:app"


def test_the_one_that_the_worker_is_started_with_wins(tmp_path: Path) -> None:
    files = {"a/celery.py": APPLICATION, "b/tasks/celery.py": APPLICATION}
    worker = start("worker", "celery", "-A", "b.tasks", "worker", "-Q", "mail,slow")
    made = find(tmp_path, files, worker)
    assert (made.application, made.queues) == ("b.tasks.celery:app", ("mail", "slow"))


def test_a_project_whose_environment_lacks_celery_has_none(tmp_path: Path) -> None:
    assert find(tmp_path, {"shop/celery.py": APPLICATION}, bare=True) == CeleryShape()


def test_periodic_tasks_are_seen_in_settings_commands_and_code(tmp_path: Path) -> None:
    files = {"shop/celery.py": APPLICATION}
    assert not find(tmp_path / "a", files).scheduled
    assert find(tmp_path / "b", files, CELERY_BEAT_SCHEDULE={"x": {}}).scheduled
    beat = start("scheduler", "celery", "-A", "shop", "beat", "--scheduler", "x:Y")
    assert find(tmp_path / "c", files, beat).beat_scheduler == "x:Y"
    coded = {"shop/celery.py": APPLICATION + "app.conf.beat_schedule = {'x': {}}\n"}
    assert find(tmp_path / "d", coded).scheduled
    block = APPLICATION + "from django_tenfold.tasks.celery import configure\nconfigure(app)\n"
    made = find(tmp_path / "e", {"shop/__init__.py": "", "shop/celery.py": block})
    assert (made.application, made.scheduled) == ("shop.celery:app", True)


def test_the_database_scheduler_is_taken_where_its_app_is_installed(tmp_path: Path) -> None:
    made = find(tmp_path, {"shop/celery.py": APPLICATION}, INSTALLED_APPS=["django_celery_beat"])
    assert (made.scheduled, made.beat_scheduler) == (True, "django_celery_beat.schedulers:DatabaseScheduler")


def test_settings_that_were_only_read_tell_the_same_as_those_that_were_asked(tmp_path: Path) -> None:
    write_files(tmp_path, {"shop/__init__.py": "", "shop/celery.py": APPLICATION})
    source, _ = read_source(tmp_path, list_files(tmp_path), cache=None)
    place = Location("shop/settings.py", 3)

    def read(**values: Any) -> CeleryShape:
        settings = Settings(
            module=Known("shop.settings"),
            values={name: (Possible(value, place),) for name, value in values.items()},
        )
        return find_celery(make_project(tmp_path, source=source, settings=settings))

    assert read() == CeleryShape(application="shop.celery:app")
    assert read(CELERY_BEAT_SCHEDULE={"tick": {"task": "tick"}}).scheduled
    assert not read(CELERY_BEAT_SCHEDULE={}).scheduled
    assert read(CELERY_BEAT_SCHEDULER="redbeat.RedBeatScheduler").beat_scheduler == "redbeat.RedBeatScheduler"
    stored = read(INSTALLED_APPS=["django_celery_beat"])
    assert stored.scheduled
    assert stored.beat_scheduler == "django_celery_beat.schedulers:DatabaseScheduler"
