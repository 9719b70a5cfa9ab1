from __future__ import annotations

import pytest


def test_a_rate_is_read_from_what_pgbench_prints() -> None:
    from measuring.pgbench import read_rate

    assert read_rate("number of failed transactions: 0 (0.000%)\ntps = 123.45 (without ...)") == 123.45


def test_a_failed_transaction_ends_the_benchmark() -> None:
    from measuring.pgbench import read_rate

    with pytest.raises(SystemExit, match="pgbench"):
        read_rate("number of failed transactions: 3 (1.000%)\ntps = 123.45 (without ...)")


def test_a_share_is_the_median_of_the_rounds_own_ratios() -> None:
    from measuring.pgbench import judge

    found = judge({"none": [100.0, 200.0, 400.0], "kept": [50.0, 50.0, 360.0]})
    assert found["to_none"] == {"none": 1.0, "kept": 0.5}
    assert found["transactions_per_s"] == {"none": 200, "kept": 50}
