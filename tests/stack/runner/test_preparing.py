from __future__ import annotations

from pathlib import Path

import pytest

from tenfold.errors import TenfoldError
from tenfold.stack.runner.preparing import refuse_path


@pytest.mark.parametrize(
    ("path", "why"), [("/srv/a$b", "nginx"), ("/srv/a:b", "PYTHONPATH"), ("/a\nb", "lines")]
)
def test_a_path_that_servers_misread_is_refused(path: str, why: str) -> None:
    with pytest.raises(TenfoldError, match="cannot be run where it is") as caught:
        refuse_path(Path(path))
    assert why in caught.value.why


@pytest.mark.parametrize("path", ['/srv/a shop\'s "own", 100 % new #1', "/srv/schöner/日本"])
def test_unusual_paths_are_no_reason_to_refuse(path: str) -> None:
    refuse_path(Path(path))
