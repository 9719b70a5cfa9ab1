from __future__ import annotations

from typing import TYPE_CHECKING

from tenfold.practice import CannotTell, Finding
from tenfold.practices.tasks.scheduled import check
from tenfold.project.readers.project import read_project
from tests.practices.example_project import write_project

if TYPE_CHECKING:
    from pathlib import Path

    from tenfold.practice import Judgement

BEAT = "services:\n  beat:\n    image: shop\n    command: celery -A config beat\n"


def judge(root: Path, files: dict[str, str]) -> list[Judgement]:
    write_project(root, files)
    return list(check(read_project(root)))


def test_a_replicated_scheduler_is_found(tmp_path: Path) -> None:
    (found,) = judge(tmp_path, {"docker-compose.prod.yml": BEAT + "    deploy: {replicas: 2}\n"})
    assert isinstance(found, Finding)


def test_replicas_of_another_file_are_not_this_schedulers(tmp_path: Path) -> None:
    other = "services:\n  beat:\n    image: metronome\n    deploy: {replicas: 3}\n"
    assert judge(tmp_path, {"docker-compose.prod.yml": BEAT, "docker-compose.dev.yml": other}) == []


def test_declared_tasks_without_a_scheduler_cannot_be_told(tmp_path: Path) -> None:
    (answer,) = judge(tmp_path, {"config/settings.py": 'CELERY_BEAT_SCHEDULE = {"a": {"task": "b"}}\n'})
    assert isinstance(answer, CannotTell)


def test_a_scheduler_with_a_lock_may_run_twice(tmp_path: Path) -> None:
    text = BEAT + "    deploy: {replicas: 2}\n"
    settings = 'CELERY_BEAT_SCHEDULER = "django_tenfold.tasks.scheduler:Scheduler"\n'
    assert judge(tmp_path, {"docker-compose.prod.yml": text, "config/settings.py": settings}) == []


def test_a_scheduler_named_on_the_command_line_wins_over_the_blocks(tmp_path: Path) -> None:
    text = BEAT.replace("config beat", "config beat -S celery.beat:PersistentScheduler")
    files = {
        "docker-compose.prod.yml": text + "    deploy: {replicas: 2}\n",
        "config/celery.py": "from django_tenfold.tasks.celery import configure\n",
    }
    (found,) = judge(tmp_path, files)
    assert isinstance(found, Finding)
