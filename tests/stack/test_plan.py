from __future__ import annotations

import pytest

from tenfold.stack.plan import sort_services
from tenfold.stack.service import Answers, Command, Service


def service(name: str, *needs: str) -> Service:
    return Service(name, "kind", name.title(), Command((name,)), Answers(port=20_001), needs=needs)


def test_each_service_follows_what_it_needs() -> None:
    planned = (
        service("edge", "app"),
        service("app", "postgres", "cache"),
        service("cache"),
        service("postgres"),
    )
    names = [one.name for one in sort_services(planned)]
    assert sorted(names) == ["app", "cache", "edge", "postgres"]
    assert names.index("edge") > names.index("app") > max(names.index("postgres"), names.index("cache"))


def test_a_need_that_nobody_plans_is_named() -> None:
    with pytest.raises(ValueError, match="app needs cache"):
        sort_services((service("app", "cache"),))


def test_a_circle_of_needs_is_refused_with_its_members() -> None:
    with pytest.raises(ValueError, match="app, cache"):
        sort_services((service("app", "cache"), service("cache", "app"), service("mail")))
