from __future__ import annotations

import pytest

GOOD = {"first": [9.0, 40.0, 8.0], "second": [4.0], "stop": [2.0, 3.0], "share": [0.001], "memory": [30.0]}


def test_medians_below_their_targets_are_met() -> None:
    from up_start import judge

    result = judge(GOOD)
    assert result["met"]
    assert result["medians"]["first"] == 9.0
    assert result["medians"]["stop"] == 2.5


@pytest.mark.parametrize(
    ("name", "value"), [("first", 10.0), ("second", 5.0), ("stop", 5.0), ("share", 0.01), ("memory", 60.0)]
)
def test_one_median_at_its_target_fails_the_benchmark(name: str, value: float) -> None:
    from up_start import judge

    assert not judge({**GOOD, name: [value]})["met"]
