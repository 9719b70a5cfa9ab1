"""`manage.py dead_tasks list|retry|discard`: tasks that failed for good."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError

from django_tenfold.tasks.dead_letters import discard_dead, retry_dead
from django_tenfold.tasks.models import DeadTask

if TYPE_CHECKING:
    from argparse import ArgumentParser

    from django.db.models import QuerySet


class Command(BaseCommand):
    help = "List tasks that failed for good, run them again or discard them."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("action", choices=("list", "retry", "discard"))
        parser.add_argument("ids", nargs="*", help="Ids of tasks, as `list` shows them")
        parser.add_argument("--name", help="Only tasks of this name")
        parser.add_argument("--all", action="store_true", help="All of them (retry, discard)")
        parser.add_argument("--limit", type=int, default=100, help="The latest so many (list); default 100")
        parser.add_argument("--json", action="store_true", help="Answer with JSON")

    def handle(self, *args: Any, **told: Any) -> None:
        found = self._find(told)
        if told["action"] == "list":
            self._list(found.order_by("-died_at")[: told["limit"]], as_json=told["json"])
            return
        if not (told["ids"] or told["name"] or told["all"]):
            raise CommandError("Say which: ids, --name NAME or --all.")
        count = (retry_dead if told["action"] == "retry" else discard_dead)(found)
        done = "sent again" if told["action"] == "retry" else "discarded"
        self.stdout.write(json.dumps({told["action"]: count}) if told["json"] else f"{count} {done}")

    def _find(self, told: dict[str, Any]) -> QuerySet[DeadTask]:
        found = DeadTask.objects.all()
        if told["ids"]:
            found = found.filter(task_id__in=told["ids"])
            missing = set(told["ids"]) - set(found.values_list("task_id", flat=True))
            if missing:
                raise CommandError(f"No dead task has the id {', '.join(sorted(missing))}.")
        return found.filter(name=told["name"]) if told["name"] else found

    def _list(self, found: QuerySet[DeadTask], *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps([_as_dictionary(one) for one in found], indent=2))
            return
        for one in found:
            when = one.died_at.isoformat(timespec="seconds")
            self.stdout.write(f"{when}  {one.task_id}  {one.name}  {one.exception.splitlines()[0][:100]}")
        if not found:
            self.stdout.write("No task is dead.")


def _as_dictionary(dead: DeadTask) -> dict[str, Any]:
    return {
        "id": dead.task_id,
        "name": dead.name,
        "queue": dead.queue,
        "args": json.loads(dead.args),
        "kwargs": json.loads(dead.kwargs),
        "exception": dead.exception,
        "traceback": dead.traceback,
        "tries": dead.tries,
        "request_id": dead.request_id,
        "died_at": dead.died_at.isoformat(),
    }
