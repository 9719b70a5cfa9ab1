"""The one writer: proposals become a plan that can be printed, and a plan becomes files that can be undone.

Proposals are taken in their order, each seeing the text that the earlier ones leave. One that would
rewrite what an earlier one wrote, or whose place has changed, is deferred: nothing of it is in the plan,
and a second run of `tenfold fix` takes it up. Identical changes merge. A result that no longer parses is
refused.
"""

from __future__ import annotations

import difflib
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tenfold.edits.draft import new_draft, open_draft, splice
from tenfold.edits.model import Proposal
from tenfold.edits.resolve import resolve
from tenfold.edits.syntax import refuse_broken
from tenfold.edits.undo import write_undo
from tenfold.errors import EditError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tenfold.edits.draft import Draft
    from tenfold.edits.model import Change


@dataclass(frozen=True)
class FileChange:
    """One file of a plan. `before` is None for a file that is made."""

    path: str
    before: bytes | None
    after: bytes
    mode: int
    before_text: str
    after_text: str


@dataclass(frozen=True, slots=True)
class Left:
    """A proposal that is not in the plan, and why."""

    proposal: Proposal
    why: str


@dataclass(frozen=True)
class Plan:
    """What would be written, file by file."""

    root: Path
    files: tuple[FileChange, ...] = ()
    taken: tuple[Proposal, ...] = ()
    already: tuple[Proposal, ...] = ()
    """Proposals that change nothing: the files are as they want them."""
    deferred: tuple[Left, ...] = ()
    """Proposals that touch the same text as another, or cannot be done exactly; by hand or later."""

    def diff(self) -> str:
        """Unified diff of every file, "" when nothing changes."""
        return "".join(_diff(file) for file in self.files)


def _diff(file: FileChange) -> str:
    before, after = (text.splitlines(keepends=True) for text in (file.before_text, file.after_text))
    old = "/dev/null" if file.before is None else f"a/{file.path}"
    lines = difflib.unified_diff(before, after, old, f"b/{file.path}")
    return "".join(
        line if line.endswith(("\n", "\r")) else line + "\n\\ No newline at end of file\n" for line in lines
    )


def plan(root: Path, proposals: Iterable[Proposal | Change]) -> Plan:
    """Read the files that the proposals name and work out the new texts. Writes nothing.

    A bare change is a proposal of its own.
    """
    drafts: dict[str, Draft] = {}
    done: set[Change] = set()
    taken: list[Proposal] = []
    already: list[Proposal] = []
    deferred: list[Left] = []
    for given in proposals:
        proposal = given if isinstance(given, Proposal) else Proposal(given.path, (given,))
        try:
            trial = _try(root, proposal, drafts=drafts, done=done)
        except EditError as error:
            deferred.append(Left(proposal, " ".join(part for part in (error.what, error.why) if part)))
            continue
        changed = [path for path, draft in trial.items() if draft.text != _text_of(drafts.get(path), draft)]
        (taken if changed or done.intersection(proposal.changes) else already).append(proposal)
        drafts.update(trial)
        if changed:
            done.update(proposal.changes)
    files = tuple(_file_change(draft) for _, draft in sorted(drafts.items()))
    changed_files = tuple(file for file in files if file.after != file.before)
    return Plan(root, changed_files, tuple(taken), tuple(already), tuple(deferred))


def _text_of(known: Draft | None, trial: Draft) -> str:
    if known is not None:
        return known.text
    if trial.original is None:
        return ""
    return trial.original[len(trial.encoding.bom) :].decode(trial.encoding.name)


def _try(root: Path, proposal: Proposal, *, drafts: dict[str, Draft], done: set[Change]) -> dict[str, Draft]:
    """The drafts after all changes of the proposal; the given ones stay as they are."""
    trial: dict[str, Draft] = {}
    for change in proposal.changes:
        path = change.path
        if path not in trial:
            trial[path] = drafts[path].copy() if path in drafts else _read(root, path)
        if change not in done:
            splice(trial[path], resolve(trial[path], change))
    for draft in trial.values():
        refuse_broken(draft)
        _ = draft.data  # raises EditError for text that the file's encoding cannot write
    return trial


def _file_change(draft: Draft) -> FileChange:
    before = _text_of(None, draft)
    exists = draft.original is not None
    same = exists and before == draft.text
    data = draft.original if same and draft.original is not None else draft.data
    return FileChange(draft.path, draft.original, data, draft.mode, before, draft.text)


def _read(root: Path, path: str) -> Draft:
    """The draft of a file inside the project: links, devices and read-only files are refused."""
    place = checked_path(root, path)
    if not os.path.lexists(place):
        return new_draft(path)
    try:
        status = place.lstat()
        if not place.is_file():
            raise EditError(f"{path} is no regular file and is not changed")
        if not status.st_mode & 0o222 or not os.access(place, os.W_OK):
            raise EditError(
                f"{path} is read-only", next_step=f"Make it writable (chmod u+w {path}) and run again."
            )
        return open_draft(path, place.read_bytes(), mode=status.st_mode & 0o7777)
    except OSError as error:
        raise EditError(f"{path} cannot be read", why=error.strerror or str(error)) from error


def checked_path(root: Path, path: str) -> Path:
    """The file's absolute path. One outside the project, or reached through a link, is refused."""
    parts = Path(path).parts
    if not parts or Path(path).is_absolute() or ".." in parts:
        raise EditError(f"{path!r} is not inside the project")
    place = root
    for part in parts:
        place = place / part
        if place.is_symlink():
            raise EditError(f"{path} is a symbolic link, or lies behind one, and is not changed")
    return place


def apply(plan: Plan) -> Path | None:
    """Write the plan: every file or none. Returns the undo file, None when there was nothing to write.

    New contents are staged beside their files first; a file that changed since the plan was made
    stops everything before the first one is replaced.
    """
    if not plan.files:
        return None
    staged: list[tuple[FileChange, Path]] = []
    made: list[Path] = []
    try:
        for file in plan.files:
            _refuse_changed(plan.root, file)
            staged.append((file, _stage(plan.root, file, made=made)))
        undo_file = write_undo(plan.root, plan.files, folders=made)
        _replace_all(plan.root, staged, undo_file=undo_file)
    except OSError as error:
        raise EditError("nothing was written", why=f"{error.strerror}: {error.filename}") from error
    finally:
        for _, temporary in staged:
            temporary.unlink(missing_ok=True)
        for folder in reversed(made):
            if folder.is_dir() and not any(folder.iterdir()):
                folder.rmdir()
    return undo_file


def _refuse_changed(root: Path, file: FileChange) -> None:
    place = checked_path(root, file.path)
    now = place.read_bytes() if place.exists() else None
    if now != file.before:
        raise EditError(
            f"{file.path} changed after the plan was made; nothing was written",
            next_step="Run the command again to plan with the file as it stands.",
        )


def _stage(root: Path, file: FileChange, *, made: list[Path]) -> Path:
    """The new content in a temporary file beside its place, with the file's mode."""
    place = root / file.path
    missing = [
        folder for folder in reversed(place.parents) if folder.is_relative_to(root) and not folder.exists()
    ]
    for folder in missing:
        folder.mkdir()
        made.append(folder)
    handle, name = tempfile.mkstemp(prefix=f".{place.name}.", suffix=".tenfold", dir=place.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(file.after)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.chmod(file.mode)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return temporary


def _replace_all(root: Path, staged: list[tuple[FileChange, Path]], *, undo_file: Path) -> None:
    replaced: list[FileChange] = []
    try:
        for file, temporary in staged:
            temporary.replace(root / file.path)
            replaced.append(file)
    except OSError:
        for file in replaced:
            if file.before is None:
                (root / file.path).unlink()
            else:
                (root / file.path).write_bytes(file.before)
        undo_file.unlink()
        raise
