"""The main job on an example: judge the reference project, run it as in production, browse it.

python demo/run.py            the project stays in .tenfold/demo, and goes on running
CHECK=1 python demo/run.py    every step is proven, processes are killed meanwhile, and the stack is stopped
python demo/run.py mend       another one: a shop that breaks some thirty practices is judged and mended

With CHECK=1 the exit code is 1 when a promise is not kept, and the last line says which.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from checks import check_steps
from rich.console import Console
from steps import ROOT, DemoError, run_demo

from stack import browse, check_stack, start_reference, stop_stack

if TYPE_CHECKING:
    from collections.abc import Iterator

PARTS = ("reference", "mend")


def main(part: str = PARTS[0]) -> int:
    if part not in PARTS:
        sys.stderr.write(f"There is no part {part!r}; there are {' and '.join(PARTS)}.\n")
        return 2
    folder = Path(os.environ.get("TENFOLD_DEMO") or ROOT / ".tenfold" / "demo")
    folder.mkdir(parents=True, exist_ok=True)
    console = Console(highlight=False, emoji=False, soft_wrap=True)
    checked = os.environ.get("CHECK", "0") not in ("", "0")
    try:
        claims = show_reference(folder, console, checked=checked) if part == "reference" else None
        if claims is None:
            steps = run_demo(folder, console)
            claims = check_steps(steps) if checked else iter(())
        console.print()
        for claim in claims:
            console.print(f"   [green]proven[/]  {claim}")
    except DemoError as error:
        console.print("[red]not proven[/]", end="  ")
        console.print(str(error), markup=False)
        return 1
    return 0


def show_reference(folder: Path, console: Console, *, checked: bool) -> Iterator[str]:
    """Every step, told; then, if `checked`, one sentence for each promise, and the stack is stopped."""
    stack = start_reference(folder, console)
    try:
        browsed = [*browse(stack, console)]
    except DemoError:
        if checked:
            stop_stack(stack)
        raise
    return check_stack(stack, browsed) if checked else iter(())


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2]))
