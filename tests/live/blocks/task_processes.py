"""Starts workers and schedulers of the task site, and looks at what they did."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.db import connection

from tests.live.stack.driving import wait_until

if TYPE_CHECKING:
    from tests.django_site.servers import Servers

APP = "tests.live.blocks.task_site.app"
ROOT = Path(__file__).parents[3]


@dataclass
class TaskSite:
    """One test's worker and schedulers."""

    servers: Servers
    folder: Path
    mail_port: int = 9
    options: dict[str, Any] = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=dict)
    running: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def broker(self) -> str:
        return self.servers.cache_url.replace("/0", "/5")

    def start(self, *words: str, ready: str) -> subprocess.Popen[bytes]:
        """A `celery` process, when it has said that it is ready."""
        log = self.folder / f"{words[0]}.{len(self.running)}.log"
        environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "tests.live.blocks.task_site.settings",
            "PYTHONPATH": f"{ROOT}:{ROOT / 'src'}",
            "PYTHONUNBUFFERED": "1",
            "SITE_DATABASE": json.dumps(self.servers.database_entry()),
            "SITE_BROKER": self.broker,
            "SITE_OPTIONS": json.dumps(self.options),
            "SITE_FOLDER": str(self.folder),
            "SITE_MAIL_PORT": str(self.mail_port),
            **self.environment,
        }
        with log.open("wb") as file:
            process = subprocess.Popen(
                [sys.executable, "-m", "celery", "-A", APP, *words],
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=file,
                env=environment,
                cwd=self.folder,
                start_new_session=True,
            )
        self.running.append(process)

        def said() -> bool:
            text = log.read_text(errors="replace")
            assert process.poll() is None, text
            return ready in text

        wait_until(said, f"{words[0]} is ready")
        return process

    def start_worker(self, *words: str) -> subprocess.Popen[bytes]:
        return self.start(
            *("worker", "--concurrency", "2", "--loglevel", "INFO", "--without-gossip", "--without-mingle"),
            *words,
            ready=" ready.",
        )

    def start_beat(self) -> subprocess.Popen[bytes]:
        number = len(self.running)
        return self.start(
            *(
                "beat",
                "--loglevel",
                "INFO",
                "--pidfile",
                f"beat.{number}.pid",
                "--schedule",
                f"beat.{number}",
            ),
            ready="is starting.",
        )

    def log_of(self, process: subprocess.Popen[bytes]) -> str:
        number = self.running.index(process)
        (path,) = self.folder.glob(f"*.{number}.log")
        return path.read_text(errors="replace")

    def kill(self, process: subprocess.Popen[bytes]) -> None:
        """kill -9, with its children."""
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def stop(self) -> None:
        for process in self.running:
            self.kill(process)

    def begun(self, name: str) -> list[int]:
        """Process ids of each beginning of a task, in order."""
        return [int(path.read_text() or 0) for path in sorted(self.folder.glob(f"{name}.[0-9]*"))]

    def allow(self, name: str) -> None:
        (self.folder / name).touch()


def count_effects(name: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM effects WHERE name = %s", [name])
        (count,) = cursor.fetchone()
    return int(count)
