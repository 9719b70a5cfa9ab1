from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tenfold.cli.lag import read_lag
from tenfold.cli.main import main
from tenfold.errors import TenfoldError
from tests.cli.fake_stack import make_service, make_stack, supervising

if TYPE_CHECKING:
    from pathlib import Path

Output = pytest.CaptureFixture[str]


@pytest.mark.parametrize(
    ("text", "seconds", "said"),
    [
        ("5s", 5.0, "replica-1 applies what was committed 5 s ago"),
        ("500ms", 0.5, "replica-1 applies what was committed 0.5 s ago"),
        ("0", 0.0, "replica-1 applies without delay"),
    ],
)
def test_the_supervisor_is_told_the_seconds(
    tmp_path: Path, capsys: Output, text: str, seconds: float, said: str
) -> None:
    folder = make_stack(tmp_path)
    with supervising(folder, lag={"names": ["replica-1"]}) as supervisor:
        assert main(["lag", text, "-C", str(tmp_path)]) == 0
    assert supervisor.asked == [{"verb": "lag", "seconds": seconds}]
    assert capsys.readouterr().out.strip() == said


def test_a_stack_without_a_replica_cannot_lag(tmp_path: Path, capsys: Output) -> None:
    folder = make_stack(tmp_path, (make_service("postgres", "postgres"),))
    with supervising(folder) as supervisor:
        assert main(["lag", "5s", "-C", str(tmp_path)]) == 2
    assert supervisor.asked == []
    assert "`tenfold up --replicas 1`" in capsys.readouterr().err


@pytest.mark.parametrize("text", ["soon", "-1s", "2h", "", "nan"])
def test_what_is_no_lag_is_refused(text: str) -> None:
    with pytest.raises(TenfoldError, match="is no lag") as caught:
        read_lag(text)
    assert "5s" in caught.value.next_step
