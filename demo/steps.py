"""The steps of the demonstration: each runs one command of `tenfold` and tells what it did.

`demo/shop/` is the example: a small shop that works on one machine and breaks some thirty practices.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rich.console import Console

ROOT = Path(__file__).resolve().parents[1]
SHOP = Path(__file__).resolve().parent / "shop"
RENAMED = {"env.txt": ".env"}
"""A committed .env is one of the mistakes; under its own name the repository would have to ignore it."""
TENFOLD = "tenfold" if shutil.which("tenfold") else str(Path(sys.executable).with_name("tenfold"))
"""As the person can type it, whether the environment is activated or not."""
SHOWN = 3
"""How many findings of the report are shown; the report itself is a page per topic."""
BAD = ("broken", "suspected")

Json = dict[str, Any]


class DemoError(Exception):
    """A step that did not do what it promises."""


@dataclass(frozen=True)
class Steps:
    """What each step answered, as `tenfold` wrote it."""

    project: Path
    html: Path
    before: Json
    plan: Json
    applied: Json
    after: Json


def run_demo(folder: Path, console: Console) -> Steps:
    """Every step in `folder`, which is made anew; told on the console."""
    folder.mkdir(parents=True, exist_ok=True)
    project, html = folder / "shop", folder / "report.html"
    make_project(project)
    files = sum(path.is_file() and ".git" not in path.parts for path in project.rglob("*"))
    show_head(
        console, 1, f"An example project: a small shop with reviews, {files} files", str(_near(project))
    )

    show_head(console, 2, "Judge it", f"{_command()} audit {_near(project)} --html {_near(html)}")
    text = run_tenfold("audit", project, "--fail-on", "never", "--html", html)
    before = read_audit(project)
    report = folder / "report.txt"
    report.write_text(text, encoding="utf-8")
    _show_report(console, text, before, report=report, html=html)

    show_head(console, 3, "Plan what is safe to mend (writes nothing)", f"{_command()} fix {_near(project)}")
    plan = read_fix(project)
    _show_plan(console, plan, folder / "plan.diff")

    show_head(console, 4, "Mend it, and judge it again", f"{_command()} fix {_near(project)} --apply")
    applied = read_fix(project, "--apply")
    after = read_audit(project)
    _show_scores(console, before, after)
    _show_rest(console, applied, after)
    console.print(f"\n   Take it back, exactly:  [bold]{_command()} fix --undo {_near(project)}[/]")
    return Steps(project, html, before, plan, applied, after)


def make_project(project: Path) -> None:
    """A copy of the example as a repository of its own, so that what git knows is known."""
    shutil.rmtree(project, ignore_errors=True)
    shutil.copytree(SHOP, project, ignore=shutil.ignore_patterns("__pycache__", "*.sqlite3"))
    for written, real in RENAMED.items():
        (project / written).rename(project / real)
    make_repository(project)


def make_repository(project: Path) -> None:
    """A repository of its own with everything committed."""
    author = ("-c", "user.name=Team", "-c", "user.email=team@shop.example", "-c", "commit.gpgsign=false")
    for command in (("init", "--quiet"), ("add", "--all"), (*author, "commit", "--quiet", "-m", "As it is")):
        run(("git", "-c", "core.hooksPath=", *command), cwd=project, accepted=(0,))


def run_tenfold(verb: str, project: Path, *arguments: object) -> str:
    """Standard output of one command; the project's code is never run here."""
    words = ("--no-probe", *map(str, arguments))
    return run((sys.executable, "-m", "tenfold", verb, str(project), *words), cwd=ROOT, accepted=(0, 1))


def read_audit(project: Path) -> Json:
    found: Json = json.loads(run_tenfold("audit", project, "--format", "json", "--fail-on", "never"))
    return found


def read_fix(project: Path, *arguments: str) -> Json:
    found: Json = json.loads(run_tenfold("fix", project, "--json", *arguments))
    return found


def run(
    command: tuple[str, ...],
    *,
    cwd: Path,
    accepted: tuple[int, ...],
    environment: Mapping[str, str] | None = None,
) -> str:
    """Standard output; DemoError with what the command said when its exit code is not accepted."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    done = subprocess.run(
        command,
        cwd=cwd,
        env={**inherited, **(environment or {})},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    if done.returncode not in accepted:
        said = (done.stderr or done.stdout).strip()
        raise DemoError(f"`{' '.join(command[:6])}` ended with {done.returncode}: {said[-1000:]}")
    return done.stdout


def _near(path: Path) -> Path:
    """As a person at the repository's root would write it."""
    return path.relative_to(ROOT) if path.is_relative_to(ROOT) else path


def _command() -> str:
    return str(_near(Path(TENFOLD)))


def show_head(console: Console, number: int, title: str, detail: str) -> None:
    """The heading of one step, with the command that it runs."""
    console.print(f"\n[bold]{number}  {title}[/]\n   [dim]{detail}[/]\n")


def _show_report(console: Console, text: str, audit: Json, *, report: Path, html: Path) -> None:
    """The head of the text report, and its worst findings in a line each."""
    for line in text.split("\n\n")[1].splitlines():
        console.print(f"   {line.strip()}" if line.strip() else "", markup=False)
    outcomes = Counter(verdict["outcome"] for verdict in audit["verdicts"])
    console.print(f"\n   {sum(outcomes[bad] for bad in BAD)} practices are broken. The worst:\n")
    for finding in audit["findings"][:SHOWN]:
        console.print(
            f"   {finding['severity']}  {finding['path']}:{finding['line']}  {finding['practice']}",
            markup=False,
        )
        console.print(f"      {finding['message']}", markup=False)
        console.print(f"      change: {finding['fix'].splitlines()[0]}", markup=False)
    console.print(
        f"\n   The whole report:  {_near(report)}\n   In a browser:      {_near(html)}", markup=False
    )


def _show_plan(console: Console, plan: Json, target: Path) -> None:
    target.write_text(plan["diff"], encoding="utf-8")
    for practice, fixes in _by_practice(plan["fixes"]).items():
        places = ", ".join(dict.fromkeys(fix["path"] for fix in fixes))
        times = f" ({len(fixes)} places)" if len(fixes) > 1 else ""
        console.print(f"   {practice:36} {places}{times}", markup=False)
    console.print(f"\n   The diff:  {_near(target)}", markup=False)


def _by_practice(fixes: list[Json]) -> dict[str, list[Json]]:
    found: dict[str, list[Json]] = {}
    for fix in fixes:
        found.setdefault(fix["practice"], []).append(fix)
    return found


def _show_scores(console: Console, before: Json, after: Json) -> None:
    table = Table(box=None, padding=(0, 2), pad_edge=False)
    for name in ("", "before", "after", ""):
        table.add_column(name, justify="right" if name else "left")
    then = {topic["topic"]: topic["score"] for topic in before["score"]["topics"]}
    now = {topic["topic"]: topic["score"] for topic in after["score"]["topics"]}
    rows = {"score": (before["score"]["overall"], after["score"]["overall"])}
    rows |= {topic: (score, now.get(topic)) for topic, score in then.items()}
    for name, (was, became) in rows.items():
        risen = was is not None and became is not None and became > was
        style = "bold" if name == "score" else "green" if risen else None
        table.add_row(f"   {name}", _figure(was), _figure(became), "risen" if risen else "", style=style)
    console.print(table)


def _figure(score: int | None) -> str:
    return "-" if score is None else str(score)


def _show_rest(console: Console, applied: Json, after: Json) -> None:
    console.print(f"\n   {len(applied['fixes'])} findings mended. Held now:")
    for practice in applied["held"]:
        console.print(f"      {practice}", markup=False)
    for left in applied["remaining"]:
        found = next(one for one in after["findings"] if _is_at(one, left))
        console.print(f"   {left['path']} needs a person:", markup=False)
        console.print(f"      {found['fix'].splitlines()[0]}", markup=False)
    console.print(f"   {applied['unsafe_left']} more can be mended with --unsafe, after reading their diff.")


def _is_at(finding: Json, fix: Json) -> bool:
    return all(finding[key] == fix[key] for key in ("practice", "path", "line"))
