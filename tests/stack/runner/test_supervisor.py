from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest

from tenfold.stack.runner.actions import Finish, MarkDone, Prepare, Reload, Say, Signal, StackReady
from tenfold.stack.runner.events import (
    Exited,
    KillAsked,
    NotPrepared,
    NotStarted,
    Probed,
    ReloadAsked,
    RestartAsked,
)
from tenfold.stack.service import Command, File
from tests.stack.runner.example_plan import make_command, make_plan, make_service, make_shop_plan, make_step
from tests.stack.runner.history import History, only, prepared, probed, said, signalled, started, stepped


def up() -> History:
    history = History(make_shop_plan())
    history.bring_all()
    assert history.supervisor.ready
    return history


def test_what_needs_nothing_starts_at_once_and_together() -> None:
    history = History(make_shop_plan())
    assert prepared(history.start()) == ["postgres", "mail"]


def test_a_service_waits_for_everything_it_needs() -> None:
    history = History(make_plan(make_service("a"), make_service("b"), make_service("c", "a", "b")))
    history.start()
    history.bring("a")
    assert history.state("c") == "waiting"
    history.bring("b")
    assert history.state("c") == "preparing"


def test_independent_services_start_beside_each_other() -> None:
    history = History(make_shop_plan())
    history.start()
    history.bring("postgres")
    assert {name for name, state in history.states().items() if state == "preparing"} == {
        *("replica-1", "migrate", "mail"),
    }


def test_steps_run_one_after_the_other_before_the_service() -> None:
    steps = (make_step("initdb"), make_step("roles"))
    history = History(make_plan(make_service("postgres", steps=steps)))
    history.start()
    actions = history.prepare("postgres", "initdb", "roles")
    assert (stepped(actions), started(actions)) == (["initdb"], [])
    actions = history.end_step("postgres", "initdb")
    assert (stepped(actions), started(actions)) == (["roles"], [])
    actions = history.end_step("postgres", "roles")
    assert (stepped(actions), started(actions)) == ([], ["postgres"])


def test_a_step_that_was_done_before_does_not_run_again() -> None:
    steps = (make_step("initdb"), make_step("roles"))
    history = History(make_plan(make_service("postgres", steps=steps)))
    history.start()
    assert stepped(history.prepare("postgres", "roles")) == ["roles"]


def test_a_failed_step_of_an_essential_service_ends_the_start() -> None:
    history = History(make_shop_plan())
    history.start()
    history.prepare("postgres", "initdb")
    history.prepare("mail")
    history.begin("mail")
    actions = history.end_step("postgres", "initdb", "ended with code 1")
    assert said(actions, "error") == ["postgres: initdb: ended with code 1"]
    assert [one.tail for one in only(actions, Say) if one.level == "error"] == [True]
    assert signalled(actions) == [("mail", "TERM")]
    finish = only(history.end("mail"), Finish)
    assert finish == [Finish("postgres", "initdb: ended with code 1")]


def test_the_probe_is_asked_again_until_it_is_answered() -> None:
    history = History(make_plan(make_service("app-1")))
    history.start()
    history.prepare("app-1")
    history.begin("app-1")
    assert probed(history.wait(0.1)) == ["app-1"]
    assert probed(history.wait(0.5)) == [], "one attempt at a time"
    history.answer("app-1", "connection refused")
    assert probed(history.wait(0.5)) == ["app-1"]
    history.answer("app-1")
    assert history.state("app-1") == "ready"
    assert history.supervisor.wake is None, "an idle stack asks for no wake-up"


def test_probes_come_further_apart_the_longer_it_takes() -> None:
    history = History(make_plan(make_service("app-1", start_seconds=60.0)))
    history.start()
    history.prepare("app-1")
    history.begin("app-1")
    asked = []
    for _ in range(5900):
        if probed(history.wait(0.01)):
            asked.append(history.now)
            history.answer("app-1", "not yet")
    gaps = [after - before for before, after in pairwise(asked)]
    assert gaps[0] < 0.05
    assert max(gaps) <= 2.02
    assert gaps == sorted(gaps) or max(b - a for a, b in pairwise(gaps)) < 0.2, "steadily"
    assert len(asked) < 120


def test_an_essential_service_that_is_never_ready_says_what_the_probe_met() -> None:
    history = History(make_plan(make_service("app-1", start_seconds=5.0, stop_seconds=2.0)))
    history.start()
    history.prepare("app-1")
    history.begin("app-1")
    history.answer("app-1", "port 20801: Connection refused")
    actions = history.wait(5.0)
    assert signalled(actions) == [("app-1", "TERM")]
    actions = history.end("app-1", -15)
    assert said(actions, "error") == ["app-1: not ready after 5 s: port 20801: Connection refused"]
    assert only(actions, Finish)[0].failed == "app-1"


def test_a_service_that_ignores_its_signal_is_killed_with_its_group() -> None:
    history = History(make_plan(make_service("app-1", stop_seconds=3.0, stop_signal="QUIT")))
    history.bring_all()
    assert only(history.stop(), Signal) == [Signal("app-1", "QUIT")]
    assert only(history.wait(2.9), Signal) == []
    assert only(history.wait(0.2), Signal) == [Signal("app-1", "KILL", group=True)]
    assert only(history.end("app-1", -9), Finish) == [Finish()]


def test_the_stack_is_ready_when_everything_essential_is() -> None:
    plan = make_plan(make_service("app-1"), make_service("dashboard", essential=False))
    history = History(plan)
    history.start()
    history.now += 2.0
    history.bring("app-1")
    assert only(history.actions, StackReady) == [StackReady(2.0)]
    assert history.state("dashboard") == "preparing"


def test_the_stack_is_ready_only_once() -> None:
    history = up()
    history.end("app-1", -9)
    history.wait(1.0)
    history.bring("app-1")
    assert len(only(history.actions, StackReady)) == 1


def test_a_command_that_ends_well_is_marked_and_lets_others_start() -> None:
    history = History(make_plan(make_command("migrate", done=("m", "1")), make_service("app-1", "migrate")))
    history.start()
    history.prepare("migrate")
    history.begin("migrate")
    actions = history.end("migrate")
    assert [one.service.name for one in only(actions, MarkDone)] == ["migrate"]
    assert prepared(actions) == ["app-1"]


def test_a_command_that_need_not_run_is_done_without_a_process() -> None:
    history = History(make_plan(make_command("migrate"), make_service("app-1", "migrate")))
    history.start()
    actions = history.prepare("migrate", done=True)
    assert started(actions) == []
    assert prepared(actions) == ["app-1"]


def test_a_command_that_fails_ends_the_start_and_is_not_tried_again() -> None:
    history = History(make_shop_plan())
    history.start()
    history.bring("postgres")
    history.prepare("migrate")
    history.begin("migrate")
    actions = history.end("migrate", 1)
    assert said(actions, "error") == ["migrate: ended with code 1"]
    history.wait(600.0)
    history.end_all()
    assert history.supervisor.finished
    assert only(history.actions, Finish) == [Finish("migrate", "ended with code 1")]


@pytest.mark.parametrize("fails", [NotStarted, NotPrepared])
def test_an_essential_service_that_cannot_begin_ends_the_start(fails: type) -> None:
    history = History(make_plan(make_service("edge")))
    history.start()
    if fails is NotStarted:
        history.prepare("edge")
    actions = history.send(fails("edge", 1, "nginx is not there"))
    assert only(actions, Finish) == [Finish("edge", "nginx is not there")]


def test_what_is_not_essential_only_warns_and_holds_nobody_up() -> None:
    plan = make_plan(make_service("replica-1", essential=False), make_service("app-1", "replica-1"))
    history = History(plan)
    history.start()
    history.prepare("replica-1")
    history.begin("replica-1")
    actions = history.end("replica-1", 1)
    assert len(said(actions, "warning")) == 1
    assert prepared(actions) == ["app-1"]
    assert not history.supervisor.stopping


def test_a_killed_primary_restarts_alone() -> None:
    history = up()
    actions = history.end("postgres", -9)
    assert said(actions, "warning") == ["postgres: was ended by SIGKILL; it is started again in 0.1 s"]
    assert prepared(history.wait(0.2)) == ["postgres"]
    others = {name: state for name, state in history.states().items() if name != "postgres"}
    assert set(others.values()) == {"ready", "done"}
    assert signalled(history.actions) == []


def test_a_restart_waits_for_nobody_that_was_ready_before() -> None:
    history = up()
    history.end("app-1", -9)
    history.end("edge", -9)
    history.wait(1.0)
    assert history.state("edge") == "preparing"


def test_a_first_start_waits_for_what_has_fallen_meanwhile() -> None:
    history = History(make_plan(make_service("a"), make_service("b"), make_service("c", "a", "b")))
    history.start()
    history.bring("a")
    history.end("a", -9)
    history.bring("b")
    assert history.state("c") == "waiting"
    history.wait(1.0)
    history.bring("a")
    assert history.state("c") == "preparing"


def test_each_failure_in_a_row_waits_twice_as_long() -> None:
    history = History(make_plan(make_service("mail", essential=False)))
    history.start()
    delays = []
    for _ in range(4):
        history.prepare("mail")
        history.begin("mail")
        history.end("mail", 1)
        before = history.now
        assert history.supervisor.wake is not None
        delays.append(round(history.supervisor.wake - before, 3))
        history.wait(delays[-1])
    assert delays == [0.1, 0.2, 0.4, 0.8]


def test_a_crash_loop_is_given_up_and_shows_the_log() -> None:
    history = up()
    for _ in range(4):
        history.end("app-1", 1)
        history.wait(2.0)
        history.bring("app-1")
    actions = history.end("app-1", 1)
    assert history.state("app-1") == "failed"
    assert said(actions, "error") == ["app-1: ended with code 1; 5 times within a minute"]
    assert [one.tail for one in only(actions, Say)] == [True]
    assert not history.supervisor.stopping, "a stack that was up stays up, its data with it"
    assert history.supervisor.wake is None


def test_steady_service_between_failures_is_no_crash_loop() -> None:
    history = up()
    for _ in range(20):
        history.end("app-1", 1)
        history.wait(0.2)
        history.bring("app-1")
        history.wait(11.0)
    assert history.state("app-1") == "ready"
    assert history.supervisor.lives["app-1"].restarts == 20


def test_failures_while_a_need_is_down_are_not_its_own() -> None:
    history = up()
    history.end("postgres", -9)
    for _ in range(8):
        history.end("app-1", 1)
        assert history.state("app-1") == "back-off"
        life = history.supervisor.lives["app-1"]
        assert life.deadline is not None
        life_due = life.deadline - history.now
        history.wait(life_due)
        history.prepare("app-1")
        history.begin("app-1")


def test_a_kill_that_a_person_asked_for_is_no_failure_of_its_own() -> None:
    history = up()
    for _ in range(9):
        actions = history.send(KillAsked("app-1"))
        assert only(actions, Signal) == [Signal("app-1", "KILL", group=True)]
        history.end("app-1", -9)
        life = history.supervisor.lives["app-1"]
        assert life.deadline is not None
        history.wait(life.deadline - history.now)
        history.bring("app-1")
    assert history.state("app-1") == "ready"


def test_a_kill_of_what_does_not_run_is_only_said() -> None:
    history = History(make_shop_plan())
    history.start()
    actions = history.send(KillAsked("edge"))
    assert signalled(actions) == []
    assert said(actions, "warning") == ["edge: does not run: it is waiting"]


def test_services_stop_in_the_reverse_of_their_start() -> None:
    history = up()
    assert {name for name, _ in signalled(history.stop())} == {"edge", "replica-1", "mail"}
    actions = history.end("edge")
    assert {name for name, _ in signalled(actions)} == {"app-1", "app-2"}
    assert signalled(history.end("app-1")) == []
    assert signalled(history.end("app-2")) == [], "the replica still needs the primary"
    history.end("mail")
    assert signalled(history.end("replica-1")) == [("postgres", "TERM")]
    assert only(history.end("postgres"), Finish) == [Finish()]
    assert history.states() == {
        **dict.fromkeys(("postgres", "replica-1", "app-1", "app-2", "edge", "mail"), "stopped"),
        "migrate": "done",
    }


def test_a_stop_during_the_start_leaves_nothing_running() -> None:
    history = History(make_shop_plan())
    history.start()
    history.prepare("postgres", "initdb")
    history.prepare("mail")
    actions = history.stop()
    assert set(signalled(actions)) == {("postgres", "TERM"), ("mail", "TERM")}
    assert history.state("edge") == "stopped"
    # The start of mail was under way: it is told again once it is there.
    assert signalled(history.begin("mail")) == [("mail", "TERM")]
    history.end_step("postgres", "initdb", "was ended by SIGTERM")
    assert only(history.end("mail", -15), Finish) == [Finish()]


def test_a_stop_while_files_are_written_starts_nothing() -> None:
    history = History(make_plan(make_service("mail")))
    history.start()
    history.stop()
    actions = history.prepare("mail")
    assert started(actions) == []
    assert only(actions, Finish) == [Finish()]


def test_a_stop_while_a_service_backs_off_does_not_start_it_again() -> None:
    history = up()
    history.end("edge", -9)
    history.stop()
    assert history.state("edge") == "stopped"
    assert prepared(history.wait(60.0)) == []


def test_a_second_interrupt_kills_everything_at_once() -> None:
    history = up()
    history.stop()
    actions = history.stop(hard=True)
    assert {name for name, signal in signalled(actions) if signal == "KILL"} == {
        *("postgres", "replica-1", "app-1", "app-2", "edge", "mail"),
    }
    history.end_all()
    assert only(history.actions, Finish) == [Finish()]


def test_a_hard_stop_reaches_a_process_that_is_just_being_made() -> None:
    history = History(make_plan(make_service("mail")))
    history.start()
    history.prepare("mail")
    history.stop(hard=True)
    assert only(history.begin("mail"), Signal) == [Signal("mail", "KILL", group=True)]


def test_a_restart_stops_and_starts_one_service() -> None:
    history = up()
    assert signalled(history.send(RestartAsked(("app-1",)))) == [("app-1", "TERM")]
    assert prepared(history.end("app-1")) == ["app-1"]
    history.bring("app-1")
    assert history.state("app-1") == "ready"
    assert history.supervisor.lives["app-1"].restarts == 0, "it did not fail"


def test_instances_restart_in_turn_so_that_one_always_serves() -> None:
    history = up()
    actions = history.send(RestartAsked(("app-1", "app-2")))
    assert signalled(actions) == [("app-1", "TERM")]
    history.end("app-1")
    history.prepare("app-1")
    history.begin("app-1")
    assert history.state("app-2") == "ready"
    assert signalled(history.answer("app-1")) == [("app-2", "TERM")]


def test_instances_keep_what_they_run_when_the_first_does_not_come_back() -> None:
    history = up()
    history.send(RestartAsked(("app-1", "app-2")))
    history.end("app-1")
    history.prepare("app-1")
    history.begin("app-1")
    actions = history.end("app-1", 1)
    assert said(actions, "error") == ["app-1: did not come back: app-2 stays as it was"]
    assert history.state("app-2") == "ready"


def test_a_failed_service_starts_again_when_asked_to() -> None:
    history = up()
    for _ in range(5):
        history.end("mail", 1)
        history.wait(5.0)
        history.bring("mail") if history.state("mail") == "preparing" else None
    assert history.state("mail") == "failed"
    assert prepared(history.send(RestartAsked(("mail",)))) == ["mail"]


def test_a_restarted_command_runs_though_it_was_done() -> None:
    history = up()
    assert [one.again for one in only(history.send(RestartAsked(("migrate",))), Prepare)] == [True]


def test_no_restart_begins_while_the_stack_stops() -> None:
    history = up()
    history.stop()
    history.send(RestartAsked(("app-1",)))
    history.end_all()
    assert history.supervisor.finished


def test_a_restart_under_way_ends_as_a_stop() -> None:
    history = up()
    history.send(RestartAsked(("app-1",)))
    history.stop()
    history.end_all()
    assert history.state("app-1") == "stopped"
    assert history.supervisor.finished


def test_changed_files_are_read_again_where_the_service_can() -> None:
    history = History(make_plan(make_service("replica-1", reload_signal="HUP")))
    history.bring_all()
    service = history.supervisor.lives["replica-1"].service
    later = replace(service, files=(File("etc/lag.conf", "5s"),))
    actions = history.send(ReloadAsked(later))
    assert only(actions, Reload) == [Reload(later)]
    assert history.state("replica-1") == "ready"


@pytest.mark.parametrize("change", ["command", "signal"])
def test_a_service_that_cannot_read_its_files_again_is_restarted(change: str) -> None:
    history = History(make_plan(make_service("mail", reload_signal="HUP")))
    history.bring_all()
    service = history.supervisor.lives["mail"].service
    changed = {"command": {"command": Command(("other",))}, "signal": {"reload_signal": ""}}[change]
    actions = history.send(ReloadAsked(replace(service, **changed)))  # type: ignore[arg-type]
    assert signalled(actions) == [("mail", "TERM")]


def test_what_an_earlier_run_still_sends_changes_nothing() -> None:
    history = up()
    history.end("app-1", -9)
    history.wait(1.0)
    history.prepare("app-1")
    history.begin("app-1")
    before = history.states()
    for event in (Exited("app-1", 1, -9), Probed("app-1", 1), Probed("app-1", 1, "refused")):
        history.send(event)
    assert history.states() == before


def test_names_mean_one_service_or_all_of_a_kind() -> None:
    supervisor = History(make_shop_plan()).supervisor
    assert supervisor.named("app-2") == ("app-2",)
    assert supervisor.named("app") == ("app-1", "app-2")
    assert supervisor.named("nothing") == ()
