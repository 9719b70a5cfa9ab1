"""The whole way on an example: make a project, audit it, mend what is safe to mend, audit it again.

python demo/run.py            the example stays in .tenfold/demo
CHECK=1 python demo/run.py    and every step is proven; exit code 1 says which is not
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from checks import check_steps
from rich.console import Console
from steps import ROOT, DemoError, run_demo


def main() -> int:
    folder = Path(os.environ.get("TENFOLD_DEMO") or ROOT / ".tenfold" / "demo")
    console = Console(highlight=False, emoji=False, soft_wrap=True)
    try:
        steps = run_demo(folder, console)
        if os.environ.get("CHECK", "0") not in ("", "0"):
            console.print()
            for claim in check_steps(steps):
                console.print(f"   [green]proven[/]  {claim}")
    except DemoError as error:
        console.print("[red]not proven[/]", end="  ")
        console.print(str(error), markup=False)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
