"""A public project of REST framework adopts the drop-in: are its answers the same, and what are they worth?

wger (https://github.com/wger-project/wger, AGPL) is copied twice into a folder outside of this repository. One copy
stays as it is; of the other the heaviest lists get `CompiledListMixin`, the settings of the page docs/blocks/api.md,
and one `@reads`. Both get an environment of their own and the same PostgreSQL with the same rows.

Which lists are the heaviest is measured: the processor time (Python and PostgreSQL) of the first 100 rows of every
list that the router has. A list whose class is not compiled stays as it is and is told of, with the reason. Every page
of each list is compared byte for byte, then both copies answer in turn. wger's own tests of the applications that were
changed run in both copies.

python benchmarks/adopt_drop_in.py CHECKOUT [rounds] [answers in a round]. To results/adopt_drop_in.json. The
environment (1 minute to install) is kept in the folder that TENFOLD_ADOPTING names, else in the temporary folder.
Without a CHECKOUT it is looked for among those that TENFOLD_CHECKOUTS names.
"""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from measuring.results import list_checkouts, read_commit, write_results

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))  # the servers that the tests of the blocks run on

from tests.django_site.servers import Servers  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).with_name("adopting")
HEAVIEST = 3
FURTHER = ("ingredientinfo", "ingredient", "workoutlog", "nutritiondiary")
"""Adopted and measured beside the heaviest."""
PAGES = 20
"""Pages of one list that are compared, at most."""
SETTINGS = """
import os
from .ci import *

DATABASES = {"default": {**env.db_url("ADOPTING_DATABASE"), "CONN_MAX_AGE": None}}
MIGRATION_MODULES = type("None_", (), {"__contains__": lambda *_: True, "__getitem__": lambda *_: None})()
STORAGES = {**STORAGES, "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"}}
MEDIA_ROOT = os.environ["ADOPTING_MEDIA"]
REST_FRAMEWORK = {**REST_FRAMEWORK, "DEFAULT_THROTTLE_CLASSES": []}
REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"] = dict.fromkeys(REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"])
LOGGING = {"version": 1, "disable_existing_loggers": True}
"""
ADOPTED = """
INSTALLED_APPS = [*INSTALLED_APPS, "django_tenfold.api"]
REST_FRAMEWORK["DEFAULT_RENDERER_CLASSES"] = [
    "django_tenfold.api.drf.renderers.FastJSONRenderer",
    "rest_framework.renderers.BrowsableAPIRenderer",
]
"""
READS = {
    "wger/nutrition/api/serializers.py": (
        "    def get_thumbnails(self, obj: Ingredient):",
        '    @reads("image.image", "image.pk")\n',
        "from django_tenfold.api.drf.methods import reads\n",
    )
}
"""The line to decorate, and with what."""
TESTS = (
    "wger.nutrition",
    "wger.exercises.tests.api",
    "wger.exercises.tests.test_exercise",
    "wger.manager.tests.test_log_session_api",
    "wger.manager.tests.test_weight_log",
)
"""Of the applications whose lists are changed."""


@dataclass(frozen=True)
class View:
    """A list of the router."""

    prefix: str
    module: str
    name: str

    @property
    def url(self) -> str:
        return f"/api/v2/{self.prefix}/?limit=100"


@dataclass
class Copy:
    """The project in a folder of its own, and a process that answers for it."""

    folder: Path
    python: Path
    environment: dict[str, str]
    key: str = ""
    """Of the user that asks."""
    answering: Any = None

    def run(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [str(self.python), "-W", "ignore", *arguments],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if check and done.returncode:
            raise SystemExit(f"{' '.join(arguments)} failed:\n{done.stderr[-3000:]}")
        return done

    def tell(self, verb: str, argument: str) -> Any:
        return json.loads(self.run(str(HERE / "answering.py"), verb, argument).stdout)

    def start(self) -> Any:
        command = [str(self.python), "-W", "ignore", str(HERE / "answering.py"), "answer"]
        self.answering = subprocess.Popen(
            command,
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        return self.answering

    def ask(self, url: str, *, times: int = 1) -> dict[str, Any]:
        """SystemExit when the answer is not 200."""
        order = {"url": url, "times": times, "headers": {"HTTP_AUTHORIZATION": f"Token {self.key}"}}
        self.answering.stdin.write(json.dumps(order) + "\n")
        self.answering.stdin.flush()
        answer: dict[str, Any] = json.loads(self.answering.stdout.readline())
        if answer["status"] != 200:
            raise SystemExit(f"{url} answers {answer['status']}: {answer['body'][:500]}")
        return answer


def main(checkout: Path, rounds: int = 7, answers: int = 5) -> int:
    kept = Path(os.environ.get("TENFOLD_ADOPTING", Path(tempfile.gettempdir()) / "tenfold-adopting"))
    python = make_environment(checkout, kept)
    with ExitStack() as stack:
        folder = Path(
            stack.enter_context(tempfile.TemporaryDirectory(prefix="tenfold-", ignore_cleanup_errors=True))
        )
        servers = Servers(folder)
        servers.start("postgres")
        stack.callback(servers.stop)
        before, after = (make_copy(checkout, folder / name, python, servers) for name in ("before", "after"))
        before.key = after.key = before.tell("make", "wger_rows")
        for copy in (before, after):
            stack.callback(stop, copy.start())
        views = rank(before, [View(*one) for one in before.tell("lists", "wger.urls:router")])
        chosen = [*views[:HEAVIEST], *(one for one in views[HEAVIEST:] if one.prefix in FURTHER)]
        stop(after.answering)
        adopt(after.folder, chosen)
        reasons = after.tell("explain", ",".join(f"{one.module}:{one.name}" for one in chosen))
        stack.callback(stop, after.start())
        document = {
            "project": "wger",
            "commit": read_commit(checkout),
            "heaviest": [one.prefix for one in views[:HEAVIEST]],
            "pages_compared": {one.prefix: compare(before, after, one) for one in chosen},
            "lists": measure(before, after, chosen, rounds=rounds, answers=answers),
            "left_to_rest_framework": {
                one.prefix: told for one, told in zip(chosen, reasons, strict=True) if told
            },
            "own_tests": run_tests(before, after),
        }
    write_results("adopt_drop_in", {"rounds": rounds, "answers": answers, **document})
    tell(document)
    return 0


def make_environment(checkout: Path, kept: Path) -> Path:
    """The project's own dependencies as it pins them, and this block's."""
    folder = kept / f"wger-{read_commit(checkout)[:10]}"
    python = folder / "bin" / "python"
    if not (folder / "installed").exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
        source = folder / "source"
        shutil.copytree(checkout, source, ignore=shutil.ignore_patterns(".git", "node_modules"))
        pip = [str(python), "-m", "pip", "install", "--quiet"]
        subprocess.run([*pip, str(source), "tblib", "environs", "orjson"], check=True)
        subprocess.run([*pip[:3], "uninstall", "--quiet", "--yes", "wger"], check=True)
        shutil.rmtree(source)
        (folder / "installed").touch()
    return python


def make_copy(checkout: Path, folder: Path, python: Path, servers: Servers) -> Copy:
    shutil.copytree(checkout, folder, ignore=shutil.ignore_patterns(".git", "node_modules"))
    (folder / "settings" / "adopting.py").write_text(SETTINGS, encoding="utf-8")
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(map(str, (folder, HERE, ROOT / "src"))),
        "DJANGO_SETTINGS_MODULE": "settings.adopting",
        "ADOPTING_DATABASE": servers.database_url(),
        "ADOPTING_MEDIA": str(folder.parent / "media"),
    }
    return Copy(folder, python, environment)


def stop(process: Any) -> None:
    process.stdin.close()
    process.wait(timeout=30)


def rank(copy: Copy, views: list[View]) -> list[View]:
    """The heaviest first, by the processor time of an answer when everything is warm."""
    cost = {}
    for one in views:
        copy.ask(one.url)
        answer = copy.ask(one.url, times=2)
        cost[one] = answer["process_ms"] + answer["database_ms"]
    return sorted(views, key=lambda one: -cost[one])


def adopt(folder: Path, views: list[View]) -> None:
    """The lines of docs/blocks/api.md."""
    mixin = "from django_tenfold.api.drf.views import CompiledListMixin\n"
    names = {one.name for one in views}
    for one in views:
        path = folder / f"{one.module.replace('.', '/')}.py"
        text = path.read_text(encoding="utf-8")
        told = re.search(rf"^class {one.name}\(([\w., ]+)\):", text, flags=re.MULTILINE)
        if told is None:
            raise SystemExit(f"no class {one.name} in {one.module}")
        if not names & {base.strip() for base in told[1].split(",")}:  # else it inherits the mixin
            text = text[: told.start(1)] + "CompiledListMixin, " + text[told.start(1) :]
            path.write_text(add_import(text, mixin), encoding="utf-8")
    for name, (line, decorator, needed) in READS.items():
        path = folder / name
        text = path.read_text(encoding="utf-8")
        if text.count(line) != 1:
            raise SystemExit(f"{name} has changed: {line!r} stands there {text.count(line)} times")
        path.write_text(add_import(text.replace(line, decorator + line), needed), encoding="utf-8")
    settings = folder / "settings" / "ci.py"  # which adopting.py starts from, and the tests
    settings.write_text(settings.read_text(encoding="utf-8") + ADOPTED, encoding="utf-8")


def add_import(text: str, line: str) -> str:
    if line in text:
        return text
    place = re.search(r"^(from|import) ", text, flags=re.M)
    start = place.start() if place else 0
    return text[:start] + line + text[start:]


def compare(before: Copy, after: Copy, view: View) -> int:
    """How many pages there are; SystemExit at the first that differs. A next page is what the answer says."""
    url: str | None = view.url
    pages = 0
    while url and pages < PAGES:
        plain, compiled = (copy.ask(url)["body"] for copy in (before, after))
        if plain != compiled:
            raise SystemExit(f"{url} differs: {show_difference(plain, compiled)}")
        pages += 1
        told = json.loads(plain)["next"]
        url = told and told.removeprefix("http://testserver")
    return pages


def show_difference(plain: str, compiled: str) -> str:
    place = next((n for n, (a, b) in enumerate(zip(plain, compiled, strict=False)) if a != b), 0)
    return f"{plain[max(place - 80, 0) : place + 80]!r} beside {compiled[max(place - 80, 0) : place + 80]!r}"


def measure(before: Copy, after: Copy, views: list[View], *, rounds: int, answers: int) -> dict[str, Any]:
    made = {}
    for one in views:
        costs: dict[str, list[dict[str, float]]] = {"before": [], "after": []}
        copies = {"before": before, "after": after}
        for _ in range(rounds):
            for name in random.sample([*copies], 2):
                costs[name].append(copies[name].ask(one.url, times=answers))
        figures = {
            name: {
                part: round(median(cost[part] for cost in found), 2)
                for part in ("process_ms", "database_ms", "wall_ms")
            }
            for name, found in costs.items()
        }
        total = {name: each["process_ms"] + each["database_ms"] for name, each in figures.items()}
        made[one.prefix] = {
            **figures,
            "processor_times_less": round(total["before"] / total["after"], 2),
            "requests_a_second": {name: round(1_000 / each["wall_ms"], 1) for name, each in figures.items()},
            "requests_times_more": round(figures["before"]["wall_ms"] / figures["after"]["wall_ms"], 2),
        }
    return made


def run_tests(before: Copy, after: Copy) -> dict[str, int]:
    """How many passed in both; SystemExit when a test fares otherwise than before, alone too."""
    plain, compiled = (read_tests(copy, *TESTS, "--parallel", "2") for copy in (before, after))
    if not plain:
        raise SystemExit("the project's tests did not run")
    changed = [name for name in {*plain, *compiled} if plain.get(name) != compiled.get(name)]
    if changed:  # the lines of two processes may stand in one another
        labels = [name.partition("(")[2].rstrip(")") for name in changed]
        for copy, found in ((before, plain), (after, compiled)):
            found.update(read_tests(copy, *labels))
    if told := sorted(name for name in changed if plain.get(name) != compiled.get(name)):
        raise SystemExit(f"the project's tests fare otherwise: {told[:20]}")
    outcomes = [*plain.values()]
    return {outcome: outcomes.count(outcome) for outcome in sorted(set(outcomes))}


def read_tests(copy: Copy, *arguments: str) -> dict[str, str]:
    done = copy.run("manage.py", "test", *arguments, "--settings=settings.ci", "-v", "2", check=False)
    return dict(read_outcomes(done.stderr + done.stdout))


def read_outcomes(text: str) -> Iterator[tuple[str, str]]:
    """Of `manage.py test -v 2`: a test's name, and "ok", "FAIL", "ERROR" or "skipped"; warnings may stand between."""
    name = ""
    for line in text.splitlines():
        if told := re.match(r"(\w+ \([\w.]+\))", line):
            name = told[1]
        if name and (
            ended := re.search(r"(?:^|\.\.\. )(ok$|FAIL$|ERROR$|skipped\b)", line)
        ):  # a log's ERROR goes on
            yield name, ended[1]
            name = ""


def tell(document: dict[str, Any]) -> None:
    for name, one in document["lists"].items():
        left = "; left to REST framework" if name in document["left_to_rest_framework"] else ""
        sys.stdout.write(
            f"{name:20} {one['processor_times_less']:5} times less processor, {one['requests_times_more']:5} times the"
            f" requests ({document['pages_compared'][name]} pages equal{left})\n"
        )
    sys.stdout.write(f"the project's own tests, before and after: {document['own_tests']}\n")


def find_checkout(given: list[str]) -> Path | None:
    """The folder given, or that of wger among those that TENFOLD_CHECKOUTS names."""
    return next((one for one in list_checkouts(given) if (one / "wger" / "urls.py").exists()), None)


if __name__ == "__main__":
    checkout = find_checkout(sys.argv[1:2])
    if checkout is None:
        sys.stdout.write("adopt_drop_in: name a checkout of wger, or set TENFOLD_CHECKOUTS\n")
        sys.exit(0)
    sys.exit(main(checkout, *(int(word) for word in sys.argv[2:])))
