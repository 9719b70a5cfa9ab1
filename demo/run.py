"""The whole way on two examples: audit and mend a project; run another one on its production topology.

python demo/run.py            the examples stay in .tenfold/demo, and the second one runs
CHECK=1 python demo/run.py    and every step is proven, then the stack is stopped; 1 says which is not
"""

from __future__ import annotations

import os
import sys
from itertools import chain
from pathlib import Path

from checks import check_steps
from rich.console import Console
from steps import ROOT, DemoError, run_demo, show_head

from stack import check_stack, start_stack


def main() -> int:
    folder = Path(os.environ.get("TENFOLD_DEMO") or ROOT / ".tenfold" / "demo")
    console = Console(highlight=False, emoji=False, soft_wrap=True)
    try:
        steps = run_demo(folder, console)
        stack = start_stack(folder, console, show_head)
        if os.environ.get("CHECK", "0") not in ("", "0"):
            console.print()
            for claim in chain(check_steps(steps), check_stack(stack)):
                console.print(f"   [green]proven[/]  {claim}")
    except DemoError as error:
        console.print("[red]not proven[/]", end="  ")
        console.print(str(error), markup=False)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
