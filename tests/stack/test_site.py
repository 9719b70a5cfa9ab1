from __future__ import annotations

import pytest

from tests.stack.example_site import make_site


@pytest.mark.parametrize(
    ("folder", "sockets"),
    [
        ("/srv/shop/.tenfold", True),
        ('/srv/a shop\'s "own" place/.tenfold', True),
        ("/srv/" + "deep/" * 30 + ".tenfold", False),
        ("/srv/" + "ø" * 45 + "/.tenfold", False),
        ("/srv/shop, new/.tenfold", False),
    ],
)
def test_unix_sockets_are_used_where_their_path_is_taken_for_one(folder: str, sockets: bool) -> None:
    assert make_site(folder).sockets is sockets
