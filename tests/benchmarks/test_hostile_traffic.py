from __future__ import annotations

import pytest


def test_malformed_requests_are_a_fifth_of_all() -> None:
    from hostile_traffic import malformed_rate

    bad = malformed_rate(400)
    assert bad == pytest.approx(100)
    assert bad / (bad + 400) == pytest.approx(0.2)
