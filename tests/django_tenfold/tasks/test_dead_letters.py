"""Dead tasks: the command and the admin."""

from __future__ import annotations

import json
from io import StringIO
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command
from django.test import Client

from django_tenfold.tasks.dead_letters import bury_task
from django_tenfold.tasks.models import DeadTask
from tests.django_tenfold.tasks.shop import app

pytestmark = pytest.mark.usefixtures("sqlite_database")


class Request:
    """As much of Celery's context as a burial needs."""

    def __init__(self, task_id: str) -> None:
        self.id, self.retries, self.delivery_info = task_id, 2, {"routing_key": "slow"}


@pytest.fixture
def dead() -> DeadTask:
    app.set_current()
    return bury_task("shop.add", (1, 2), {}, request=Request("id-1"), error=ValueError("\x00 \ud800"))


def run(*words: str, **told: Any) -> str:
    out = StringIO()
    call_command("dead_tasks", *words, stdout=out, **told)
    return out.getvalue()


def test_a_dead_task_holds_text_that_any_database_takes(dead: DeadTask) -> None:
    assert dead.exception == "ValueError: \\x00 \\ud800"


def test_the_list_is_shown_as_text_and_as_json(dead: DeadTask) -> None:
    assert "shop.add" in run("list")
    (shown,) = json.loads(run("list", "--json"))
    assert (shown["id"], shown["args"], shown["tries"], shown["queue"]) == ("id-1", [1, 2], 3, "slow")


def test_retry_sends_it_again_under_its_old_id_to_its_old_queue(
    dead: DeadTask, sent: list[dict[str, Any]]
) -> None:
    assert json.loads(run("retry", "id-1", "--json")) == {"retry": 1}
    (message,) = sent
    assert (message["name"], message["args"], message["queue"]) == ("shop.add", [1, 2], "slow")
    assert message["headers"]["id"] == "id-1"
    assert not DeadTask.objects.exists()


def test_what_is_discarded_is_not_sent(dead: DeadTask, sent: list[dict[str, Any]]) -> None:
    assert "1 discarded" in run("discard", "--all")
    assert (sent, DeadTask.objects.count()) == ([], 0)


def test_which_tasks_are_meant_must_be_said(dead: DeadTask) -> None:
    with pytest.raises(CommandError, match="Say which"):
        run("discard")
    with pytest.raises(CommandError, match="id-9"):
        run("retry", "id-9")
    assert DeadTask.objects.count() == 1


def test_staff_see_dead_tasks_and_run_them_again(dead: DeadTask, sent: list[dict[str, Any]]) -> None:
    staff = get_user_model().objects.create_superuser("ann@x.example", "secret")
    client = Client()
    client.force_login(staff)
    page = client.get("/admin/tenfold_tasks/deadtask/")
    assert b"shop.add" in page.content
    assert client.get(f"/admin/tenfold_tasks/deadtask/{dead.pk}/change/").status_code == 200
    client.post("/admin/tenfold_tasks/deadtask/", {"action": "run_again", "_selected_action": [dead.pk]})
    assert (len(sent), DeadTask.objects.count()) == (1, 0)
