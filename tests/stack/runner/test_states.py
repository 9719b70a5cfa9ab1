from __future__ import annotations

import pytest

from tenfold.stack.runner.states import ALIVE, ENDED, LEGAL, SETTLED, State, check_move


def test_every_state_says_what_may_follow() -> None:
    assert set(LEGAL) == set(State)


def test_a_legal_move_gives_the_new_state() -> None:
    assert check_move("app-1", State.STARTING, State.READY) is State.READY


@pytest.mark.parametrize(
    ("old", "new"),
    [(State.WAITING, State.READY), (State.FAILED, State.READY), (State.STOPPED, State.STARTING)],
)
def test_a_move_that_skips_states_is_a_fault(old: State, new: State) -> None:
    with pytest.raises(AssertionError, match=f"app-1: {old} -> {new}"):
        check_move("app-1", old, new)


def test_nothing_is_both_alive_and_ended() -> None:
    assert not ALIVE & ENDED
    assert SETTLED <= ALIVE | ENDED


@pytest.mark.parametrize("state", sorted(ALIVE - {State.STOPPING}))
def test_what_is_alive_can_be_stopped(state: State) -> None:
    assert State.STOPPING in LEGAL[state]


@pytest.mark.parametrize("state", sorted(ENDED))
def test_what_has_ended_can_be_started_again(state: State) -> None:
    assert LEGAL[state] == {State.WAITING}
