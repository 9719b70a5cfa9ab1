from __future__ import annotations

import pytest


@pytest.mark.parametrize(("rate", "met"), [(950, True), (940, False)])
def test_stack_is_held_against_the_best_with_an_edge(rate: float, met: bool) -> None:
    from serving.rounds import Measured
    from topology_matrix import BY_HAND, STACK, judge

    slow, best, bare = Measured(100, 9, 900), Measured(1000, 9, 500), Measured(2000, 9, 300)
    medians = {name: slow if proxied else bare for name, (_, _, proxied) in BY_HAND.items()}
    medians["nginx > granian, kept connections"] = best
    result = judge({**medians, STACK: Measured(rate, 9, 550)})
    assert result["met"] is met
    assert result["rate_to_best"] == rate / 1000
    assert result["processor_to_best"] == 1.1
    assert result["rate_to_best_without_an_edge"] == rate / 2000
