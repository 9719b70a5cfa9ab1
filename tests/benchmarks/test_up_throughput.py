from __future__ import annotations

import pytest


@pytest.mark.parametrize(
    ("page", "rate", "cost", "met"),
    [
        ("list of 20 rows", 400, 600, True),
        ("list of 20 rows", 399, 600, False),
        ("list of 20 rows", 400, 601, False),
        ("one query", 1200, 2000, True),
        ("one query", 1199, 10, False),
    ],
)
def test_ratios_to_stock_decide_whether_targets_are_met(
    page: str, rate: float, cost: float, met: bool
) -> None:
    from serving.rounds import Measured
    from up_throughput import STACK, STOCK, STOCK_SAME, judge

    stock = Measured(100, 50, 1000)
    figures = judge(page, {STACK: Measured(rate, 5, cost), STOCK: stock, STOCK_SAME: Measured(200, 5, 1000)})
    assert figures["met"] is met
    assert figures["rate_to_stock_with_as_many_workers"] == pytest.approx(rate / 200, abs=0.01)


def test_line_for_a_person_names_both_rates() -> None:
    from serving.rounds import Measured
    from up_throughput import STACK, STOCK, STOCK_SAME, judge, tell

    medians = {
        STACK: Measured(500, 5, 200),
        STOCK: Measured(100, 50, 1000),
        STOCK_SAME: Measured(200, 5, 1000),
    }
    assert tell(judge("one query", medians)).startswith("5.0 x the requests of stock at 0.2 x")
