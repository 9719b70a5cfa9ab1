"""An outage is counted each time and logged seldom."""

from __future__ import annotations

import pytest

from django_tenfold.accounts.memory_metrics import DATABASE, Fallback, session_reads


def test_a_failure_is_counted_each_time_and_logged_once_a_minute(caplog: pytest.LogCaptureFixture) -> None:
    failing = Fallback("test", "It fails.")
    for _ in range(5):
        failing.tell(OSError("refused"))
    assert failing.failures == 5
    assert [one.getMessage() for one in caplog.records] == ["It fails. (OSError: refused; 1 times so far)"]


def test_a_read_is_counted_by_where_it_was_read() -> None:
    prometheus_client = pytest.importorskip("prometheus_client")
    labels = {"what": "session", "source": DATABASE}

    def read() -> float:
        return float(prometheus_client.REGISTRY.get_sample_value("tenfold_account_reads_total", labels))

    before = read()
    session_reads.count(DATABASE)
    assert read() == before + 1
