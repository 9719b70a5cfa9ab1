from __future__ import annotations

from tenfold.stack.services.scheduler.service import plan
from tests.stack.example_site import make_shape, make_site
from tests.stack.services.app.example_serving import value_of


def test_it_keeps_its_schedule_below_the_stacks_folder() -> None:
    (one,) = plan(make_site())
    assert value_of(one.command.words, "--schedule") == "/srv/shop/.tenfold/data/scheduler/schedule"
    assert value_of(one.command.words, "--pidfile") == "/srv/shop/.tenfold/run/scheduler.pid"
    assert one.sockets == ("run/scheduler.pid",), "a killed one's pid file must not keep it from starting"


def test_the_projects_own_scheduler_class_is_kept() -> None:
    (plain,) = plan(make_site())
    assert "--scheduler" not in plain.command.words
    name = "django_celery_beat.schedulers:DatabaseScheduler"
    (one,) = plan(make_site(shape=make_shape(beat_scheduler=name)))
    assert value_of(one.command.words, "--scheduler") == name


def test_nothing_is_scheduled_where_nothing_is_due_or_nobody_would_do_it() -> None:
    assert list(plan(make_site(shape=make_shape(scheduled=False)))) == []
    assert list(plan(make_site(shape=make_shape(celery="")))) == []
    assert list(plan(make_site(config={"without": ("worker",)}))) == []
    assert list(plan(make_site(config={"without": ("scheduler",)}))) == []
