"""How long a whole audit takes beside `ruff check --select ALL` on the same files, in one run.

    python benchmarks/audit_speed.py [--semgrep FILE] CHECKOUT...

For each checkout (or those in TENFOLD_CHECKOUTS), without the probe: the audit cold (empty cache), warm
(nothing changed) and judged anew (the facts of each file kept, the report not, as after a small change);
ruff with every rule and no cache; with --semgrep that program with one file of 71 local rules. Runs
alternate, so that a busy machine slows all of them. Best and median of three, and the peak memory of the
audit with all its processes. Written to benchmarks/results/audit_speed.json.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from measuring.processes import CommandError, Times, measure_memory, run_timed
from measuring.results import list_checkouts, read_commit, write_results

from tenfold.project.readers.lint import find_ruff

RUNS = 3
COLD_TO_RUFF = 4.0
SMALL, SMALL_COLD, SMALL_WARM = 160, 2.5, 0.5
"""Up to 160 kLOC: seconds cold and warm; above, in proportion."""
LARGE, LARGE_COLD = 500, 15.0
"""Over 500 kLOC a cold audit has 15 s."""
PEAK_MIB = 1024
REPORT = "report.pickle"
"""What a run keeps for the case that nothing changes; without it a run is what follows a small change."""


@dataclass(frozen=True)
class Project:
    """One checkout and the commands that read it."""

    root: Path
    kloc: float
    scratch: Path
    semgrep: tuple[str, ...] = field(default=())

    def audit(self, cache: str) -> tuple[list[str], dict[str, str]]:
        words = ["audit", str(self.root), "--no-probe", "--quiet", "--fail-on", "never"]
        output = ["--format", "json", "--output", str(self.scratch / "report.json")]
        command = [sys.executable, "-m", "tenfold", *words, *output]
        return command, {"XDG_CACHE_HOME": str(self.scratch / cache)}

    def ruff(self) -> list[str]:
        command = [str(find_ruff()), "check", "--isolated", "--no-cache", "--exit-zero"]
        return [*command, "--select", "ALL", "--output-format", "concise", "--quiet", str(self.root)]


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("checkouts", nargs="*", metavar="CHECKOUT")
    parser.add_argument("--semgrep", metavar="FILE", help="the semgrep program to time as well")
    arguments = parser.parse_args()
    checkouts = list_checkouts(arguments.checkouts)
    if not checkouts:
        sys.stdout.write("audit_speed: name checkouts of Django projects, or set TENFOLD_CHECKOUTS\n")
        return 0
    run_timed([sys.executable, "-m", "tenfold", "practices"])  # makes the bytecode
    rows = [measure(root, semgrep=arguments.semgrep) for root in checkouts]
    tools = {"ruff": version_of(str(find_ruff())), "runs": RUNS}
    if arguments.semgrep:
        tools["semgrep"] = version_of(arguments.semgrep)
    write_results("audit_speed", {**tools, "projects": rows})
    return 0 if all(all(row["targets"].values()) for row in rows) else 1


def measure(root: Path, *, semgrep: str | None) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        rules = Path(folder) / "rules.yml"
        rules.write_text(make_rules(), encoding="utf-8")
        words = (semgrep, "scan", "--config", str(rules), "--metrics=off", "--disable-version-check")
        command = (*words, "--json", "--quiet", str(root)) if semgrep else ()
        project = Project(root, count_lines(root) / 1000, Path(folder), tuple(filter(None, command)))
        row = {"project": root.name, "commit": read_commit(root), "kloc": round(project.kloc, 1)}
        row |= take_times(project)
    sys.stdout.write(describe(row) + "\n")
    return row


def take_times(project: Project) -> dict[str, Any]:
    cold, warm, judged, ruff = [], [], [], []
    for number in range(RUNS):
        command, cache = project.audit(f"cache{number}")
        cold.append(run_timed(command, environment=cache))
        ruff.append(run_timed(project.ruff()))
        warm.append(run_timed(command, environment=cache))
        for kept in Path(cache["XDG_CACHE_HOME"]).rglob(REPORT):
            kept.unlink()
        judged.append(run_timed(command, environment=cache))
    command, cache = project.audit("memory")
    peak = measure_memory(command, environment=cache)
    found = summarise(Times(tuple(cold)), Times(tuple(warm)), Times(tuple(ruff)), project.kloc)
    found["judged_anew"] = Times(tuple(judged)).describe()
    found["peak_mib"] = round(peak)
    found["targets"]["peak"] = peak < PEAK_MIB
    if project.semgrep:
        found["semgrep"] = time_semgrep(project, min(cold))
    return found


def summarise(cold: Times, warm: Times, ruff: Times, kloc: float) -> dict[str, Any]:
    """Figures, ratios and which targets they meet; each ratio is of best times of the same run."""
    ratio = cold.best / ruff.best
    size = max(kloc / SMALL, 1)
    limit = LARGE_COLD if kloc > LARGE else max(SMALL_COLD * size, COLD_TO_RUFF * ruff.best)
    return {
        "cold": cold.describe(),
        "warm": warm.describe(),
        "ruff_all": ruff.describe(),
        "cold_to_ruff": round(ratio, 2),
        "warm_to_ruff": round(warm.best / ruff.best, 2),
        "cold_ms_per_kloc": round(1000 * cold.best / kloc, 2),
        "ruff_ms_per_kloc": round(1000 * ruff.best / kloc, 2),
        "targets": {"cold": cold.best < limit, "warm": warm.best < SMALL_WARM * size},
    }


def time_semgrep(project: Project, cold: float) -> dict[str, Any]:
    """One run; a program that cannot run here is said, not guessed."""
    try:
        seconds = run_timed(project.semgrep)
    except (CommandError, OSError) as error:
        return {"not_run": f"{type(error).__name__}: semgrep could not be run here"}
    return {"rules": len(CALLS), "seconds": round(seconds, 3), "semgrep_to_cold": round(seconds / cold, 2)}


CALLS = tuple(
    "print eval exec open input time.sleep os.system os.popen pickle.loads pickle.load yaml.load random.random"
    " hashlib.md5 hashlib.sha1 tempfile.mktemp subprocess.call subprocess.run subprocess.Popen threading.Thread"
    " requests.get requests.post requests.put requests.delete requests.request urllib.request.urlopen"
    " mark_safe format_html HttpResponse JsonResponse redirect render get_object_or_404 send_mail"
    " cache.get cache.set cache.keys datetime.now datetime.utcnow connection.cursor cursor.execute"
    " os.getenv os.environ.get int json.loads json.dumps re.compile logging.getLogger super isinstance getattr"
    " setattr str.format HttpResponseRedirect reverse path include User.objects.get transaction.atomic"
    " models.CharField models.ForeignKey forms.CharField messages.success login_required csrf_exempt"
    " timezone.now Q F Count Sum Prefetch Subquery".split()
)
"""As many rules as semgrep's own registry has files for Django."""
RULE = """
- id: call-{number}
  languages: [python]
  severity: INFO
  message: {call}
  patterns:
    - pattern-inside: |
        def $FUNCTION(...):
          ...
    - pattern: {call}(...)
    - pattern-not: {call}(..., timeout=$SECONDS, ...)
    - pattern-not-inside: |
        with $CONTEXT(...):
          ...
"""


def make_rules() -> str:
    """A semgrep configuration in the usual form of a rule: a call, inside something, but not like that."""
    return "rules:" + "".join(RULE.format(number=number, call=call) for number, call in enumerate(CALLS))


def count_lines(root: Path) -> int:
    """Lines of the Python files that git tracks, else of all that are there."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "*.py"], cwd=root, capture_output=True, text=True, check=False
    )
    paths = [root / name for name in listing.stdout.split("\0") if name] or list(root.rglob("*.py"))
    return sum(path.read_bytes().count(b"\n") for path in paths if path.is_file())


def version_of(*command: str) -> str:
    done = subprocess.run([*command, "--version"], capture_output=True, text=True, check=False)
    return done.stdout.split()[-1] if done.stdout.split() else "not run"


def describe(row: dict[str, Any]) -> str:
    missed = [name for name, held in row["targets"].items() if not held]
    line = (
        f"{row['project']} {row['kloc']} kLOC: cold {row['cold']['best_s']} s = {row['cold_to_ruff']} x ruff"
        f" ALL ({row['ruff_all']['best_s']} s), warm {row['warm']['best_s']} s, judged anew"
        f" {row['judged_anew']['best_s']} s, peak {row['peak_mib']} MiB"
    )
    if "semgrep" in row:
        line += f", semgrep {row['semgrep'].get('semgrep_to_cold', 'not run')} x cold"
    return line + (f"; misses the targets: {', '.join(missed)}" if missed else "; meets the targets")


if __name__ == "__main__":
    sys.exit(main())
