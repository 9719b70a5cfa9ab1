from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tenfold.project.model import Known, Location
from tenfold.project.readers.contexts import contexts_of_path, read_contexts
from tenfold.project.readers.files import read_files
from tenfold.project.readers.source import read_source
from tenfold.project.urls import Route, Urls
from tests.builders import write_files

if TYPE_CHECKING:
    from pathlib import Path

    from tenfold.project.contexts import Contexts


def read(root: Path, files: dict[str, str], *views: str) -> Contexts:
    write_files(root, files)
    source, _ = read_source(root, read_files(root)[0], cache=None)
    routes = tuple(Route("x/", "", view, "function", Location("urls.py", 1), own=True) for view in views)
    return read_contexts(source, Urls(Known("urls"), routes))


def test_what_a_view_reaches_runs_in_a_request(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        {
            "shop/pages.py": "from .prices import compute\n"
            "def detail(r):\n    def inner(): return compute(r)\n    return inner()\n",
            "shop/prices.py": "def compute(x): return helper(x)\n"
            "def helper(x): return 1\ndef unused(): ...\n",
        },
        "shop.pages.detail",
    )
    assert found.of("shop/prices.py", "shop.prices.helper") == {"request"}
    assert found.of("shop/pages.py", "shop.pages.detail.inner") == {"request"}
    assert found.of("shop/prices.py", "shop.prices.unused") == frozenset()


def test_a_class_based_view_brings_its_methods_and_those_of_its_bases(tmp_path: Path) -> None:
    text = (
        "from django.views import View\n"
        "class Mixin:\n    def load(self): return self.fetch()\n    def fetch(self): ...\n"
        "class Detail(Mixin, View):\n    def get(self, request): return self.load()\n"
    )
    found = read(tmp_path, {"shop/pages.py": text})
    for name in ("Detail.get", "Mixin.load", "Mixin.fetch"):
        assert found.of("shop/pages.py", f"shop.pages.{name}") == {"request"}


def test_sending_a_task_does_not_run_it_in_the_request(tmp_path: Path) -> None:
    text = (
        "from celery import shared_task\n"
        "@shared_task(bind=True)\ndef send(self): work()\n"
        "@shared_task\ndef resend(): ...\n"
        "def work(): ...\n"
        "def page(request):\n    send.delay()\n    resend()\n"
    )
    found = read(tmp_path, {"shop/pages.py": text}, "shop.pages.page")
    assert found.of("shop/pages.py", "shop.pages.send") == {"task"}
    assert found.of("shop/pages.py", "shop.pages.work") == {"task"}
    assert found.of("shop/pages.py", "shop.pages.resend") == {"request", "task"}


@pytest.mark.parametrize(
    "decorator",
    [
        "from config.celery import app\n@app.task\n",
        "import dramatiq\n@dramatiq.actor(max_retries=1)\n",
        "from huey.contrib.djhuey import db_periodic_task\n@db_periodic_task(every)\n",
        "from django_rq import job\n@job('default')\n",
        "from procrastinate.contrib.django import app\n@app.task(queue='x')\n",
        "from django.tasks import task\n@task()\n",
    ],
)
def test_every_kind_of_task_is_known(tmp_path: Path, decorator: str) -> None:
    found = read(tmp_path, {"shop/jobs.py": decorator + "def f(): ...\n"})
    assert found.of("shop/jobs.py", "shop.jobs.f") == {"task"}


def test_a_function_handed_to_a_queue_is_a_task(tmp_path: Path) -> None:
    found = read(tmp_path, {"jobs.py": "def f(): ...\ndef g(queue): queue.enqueue(f, 1)\n"})
    assert found.of("jobs.py", "jobs.f") == {"task"}


def test_a_command_reaches_what_it_calls(tmp_path: Path) -> None:
    command = (
        "from django.core.management.base import BaseCommand\nfrom shop.lib import purge\n"
        "class Command(BaseCommand):\n    def handle(self, **options): purge()\n"
    )
    files = {"shop/management/commands/purge.py": command, "shop/lib.py": "def purge(): ...\n"}
    found = read(tmp_path, files)
    assert found.of("shop/lib.py", "shop.lib.purge") == {"command"}
    assert found.of("shop/management/commands/purge.py") == {"command"}


def test_middleware_receivers_admin_and_model_hooks_run_in_a_request(tmp_path: Path) -> None:
    text = (
        "from django.contrib import admin\nfrom django.db import models\n"
        "from django.dispatch import receiver\n"
        "class Timing:\n    def __init__(self, get_response): ...\n    def __call__(self, request): clock()\n"
        "def clock(): ...\n"
        "@receiver(saved)\ndef react(**kwargs): ...\n"
        "class OrderAdmin(admin.ModelAdmin):\n    def total(self, order): return Order.find(order)\n"
        "class Order(models.Model):\n"
        "    def save(self): return self.stamp()\n    def stamp(self): ...\n    def rare(self): ...\n"
        "    @classmethod\n    def find(cls, order): return cls(order)\n"
    )
    found = read(tmp_path, {"shop/all.py": text})
    for name in ("clock", "react", "OrderAdmin.total", "Order.find", "Order.save", "Order.stamp"):
        assert found.of("shop/all.py", f"shop.all.{name}") == {"request"}, name
    assert found.of("shop/all.py", "shop.all.Order.rare") == frozenset()


def test_a_method_of_an_unknown_value_is_followed_when_few_bear_its_name(tmp_path: Path) -> None:
    classes = "".join(f"class C{i}:\n    def common(self): ...\n" for i in range(9))
    family = "class B:\n    def notify(self): ...\n"
    family += "".join(f"class D{i}(B):\n    def notify(self): ...\n" for i in range(9))
    text = "class A:\n    def rare_name(self): ...\n" + classes + family
    text += "def page(request, x):\n    x.rare_name()\n    x.common()\n    x.notify()\n"
    found = read(tmp_path, {"shop/a.py": text}, "shop.a.page")
    assert found.of("shop/a.py", "shop.a.A.rare_name") == {"request"}
    assert found.of("shop/a.py", "shop.a.C1.common") == frozenset()
    assert found.of("shop/a.py", "shop.a.D7.notify") == {"request"}


def test_a_decorator_runs_with_what_it_decorates(tmp_path: Path) -> None:
    text = "def guard(view):\n    def wrapper(r): return check(r)\n    return wrapper\n"
    text += "def check(r): ...\n@guard\ndef page(r): ...\n"
    found = read(tmp_path, {"shop/a.py": text}, "shop.a.page")
    assert found.of("shop/a.py", "shop.a.check") == {"request"}


def test_functions_in_a_table_and_behind_a_property_are_reached(tmp_path: Path) -> None:
    text = (
        "def by_name(x): ...\ndef by_date(x): ...\ndef other(x): ...\n"
        "ORDERS = {'name': by_name, 'date': by_date}\nOTHERS = [other]\n"
        "class Sender:\n    def deliver_now(self): ...\n"
        "class Channel:\n    @property\n    def sender(self): ...\n"
        "    def go(self): self.sender.deliver_now()\n"
        "def page(request):\n    ORDERS[request.order](1)\n    Channel().go()\n"
    )
    found = read(tmp_path, {"shop/a.py": text}, "shop.a.page")
    for name in ("by_name", "by_date", "Channel.go", "Channel.sender", "Sender.deliver_now"):
        assert found.of("shop/a.py", f"shop.a.{name}") == {"request"}, name
    assert found.of("shop/a.py", "shop.a.other") == frozenset()


@pytest.mark.parametrize(
    ("path", "contexts"),
    [
        ("shop/tests/test_views.py", {"test"}),
        ("shop/tests/factories.py", {"test"}),
        ("conftest.py", {"test"}),
        ("browser_tests/pages/home.py", {"test"}),
        ("shop/migrations/0001_initial.py", {"migration"}),
        ("shop/management/commands/purge.py", {"command"}),
        ("shop/views.py", set()),
        ("shop/contest.py", set()),
    ],
)
def test_a_place_implies_its_context(path: str, contexts: set[str]) -> None:
    assert contexts_of_path(path) == contexts


def test_a_task_of_invoke_is_a_command(tmp_path: Path) -> None:
    text = (
        "from invoke import task\nfrom locust import task as load\n"
        "@task(help={})\ndef start(context): work()\ndef work(): ...\n@load(3)\ndef visit(self): ...\n"
    )
    found = read(tmp_path, {"shop/tasks.py": text})
    assert found.of("shop/tasks.py", "shop.tasks.work") == {"command"}
    assert found.of("shop/tasks.py", "shop.tasks.visit") == frozenset()


def test_listing_through_an_unknown_value_reaches_no_method_of_that_name(tmp_path: Path) -> None:
    files = {
        "shop/finders.py": "class Finder:\n    def list(self, patterns): ...\n",
        "shop/pages.py": "def page(request):\n    return client.list()\n",
    }
    found = read(tmp_path, files, "shop.pages.page")
    assert found.of("shop/finders.py", "shop.finders.Finder.list") == frozenset()
