"""Asks the project itself, in its own interpreter; what comes back is checked before it is a fact."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tenfold.project.model import Known, Unknown
from tenfold.project.probed import CheckMessage, Probed
from tenfold.project.readers.probe_answer import SHAPES, decode, fits
from tenfold.project.readers.probe_process import run_process
from tenfold.project.readers.probe_reasons import explain_end, explain_failure

if TYPE_CHECKING:
    from pathlib import Path

    from tenfold.project.model import Fact
    from tenfold.project.readers.probe_process import Ended

SKIPPED_FOLDERS = frozenset({"node_modules", "site-packages", "__pycache__"})


def run_probe(root: Path, *, python: Path, settings_module: str, seconds: float) -> Fact[Probed]:
    """Runs the project's settings, apps and URLs under `python` and gives what they resolve to.

    Only after consent: it executes the project's code. Unknown with the reason when nothing came of it.
    Where only parts failed, they are missing from `raw` and `raw["reasons"]` says why, by section.
    """
    root = root.resolve()
    paths = find_import_paths(root, settings_module)
    if not paths:
        return Unknown(f"the settings module {settings_module} is no file below {root.name}")
    try:
        ended = run_process(python, root, settings_module=settings_module, paths=paths, seconds=seconds)
    except OSError as error:
        return Unknown(f"{python} could not be started: {error.strerror or error}")
    if ended.reason:
        return Unknown(explain_end(ended, seconds))
    return read_answer(ended, settings_module, str(python))


def find_import_paths(root: Path, settings_module: str) -> list[Path]:
    """Folders from which the settings module can be imported: the one nearest to the root, then that of
    manage.py, then the root itself."""
    file = settings_module.replace(".", "/")
    found = next((folder for folder in _folders(root, 4) if _holds(folder, file)), None)
    if found is None:
        return []
    with_manage = [folder for folder in (found, *found.parents) if (folder / "manage.py").is_file()]
    below = [folder for folder in with_manage if folder == root or root in folder.parents]
    return list(dict.fromkeys([found, *below[:1], root]))


def _holds(folder: Path, file: str) -> bool:
    return (folder / f"{file}.py").is_file() or (folder / file / "__init__.py").is_file()


def _folders(root: Path, depth: int) -> list[Path]:
    """Folders of the project, nearest first, down to `depth` levels."""
    level, found = [root], [root]
    for _ in range(depth):
        level = [folder for parent in level for folder in _subfolders(parent)]
        found.extend(level)
    return found


def _subfolders(parent: Path) -> list[Path]:
    try:
        entries = sorted(parent.iterdir())
    except OSError:
        # A folder that may not be listed holds no settings that could be imported.
        return []
    return [
        entry
        for entry in entries
        if entry.is_dir()
        and not entry.is_symlink()
        and not entry.name.startswith(".")
        and entry.name not in SKIPPED_FOLDERS
        and not (entry / "pyvenv.cfg").exists()
    ]


def read_answer(ended: Ended, settings_module: str, python: str) -> Fact[Probed]:
    """The process's JSON as facts; sections of an unexpected shape are left out, with the reason."""
    try:
        answer = json.loads(ended.output)
    except (ValueError, RecursionError):
        return Unknown("the probe's answer was spoilt: it is no JSON")
    if not isinstance(answer, dict) or not fits(answer.get("failures"), {str: dict}):
        return Unknown("the probe's answer was spoilt: it has not the expected form")
    reasons = {name: explain_failure(name, record, python) for name, record in answer["failures"].items()}
    for name, shape in SHAPES.items():
        if name in answer and not fits(answer[name], shape):
            del answer[name]
            reasons[name] = f"the probe's answer on {name} has not the expected form"
    for needed in ("environment", "settings"):
        if needed not in answer:
            return Unknown(reasons.get(needed, f"the probe said nothing of the {needed}"))
    return Known(_make_probed(answer, settings_module, reasons), exact=True)


def _make_probed(answer: dict[str, Any], settings_module: str, reasons: dict[str, str]) -> Probed:
    environment = answer["environment"]
    checks = answer.get("checks", {"messages": []})
    sections = {name: answer[name] for name in SHAPES if name in answer and name != "settings"}
    explicit = decode(answer["settings"]["explicit"])
    defaults = decode(answer["settings"]["defaults"])
    return Probed(
        python=environment["python"],
        django=environment["django"],
        executable=environment["executable"],
        settings_module=settings_module,
        settings=explicit if isinstance(explicit, dict) else {},
        checks=tuple(
            CheckMessage(
                id=message["id"],
                level=message["level"],
                text=message["text"],
                hint=message["hint"],
                object=message["object"],
            )
            for message in checks["messages"]
            if not message["silenced"]
        ),
        installed=environment["installed"],
        raw={**sections, "default_settings": defaults, "reasons": reasons, "refused": answer.get("refused")},
    )
