"""The files of an export on disk: what stands there, and writing what may be written."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tenfold.errors import TenfoldError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tenfold.stack.export.drift import Compared
    from tenfold.stack.export.input import Exported

MANIFEST = "tenfold-export.json"


def read_present(folder: Path, files: tuple[Exported, ...]) -> Mapping[str, str]:
    """Texts of the files that are there: those of this export and those that an earlier one wrote."""
    from tenfold.stack.export.sealing import recorded

    found: dict[str, str] = {}
    manifest = read_text(folder / MANIFEST)
    for path in dict.fromkeys((*(file.path for file in files), *recorded(manifest or ""))):
        text = read_text(folder / path) if ".." not in Path(path).parts else None
        if text is not None:
            found[path] = text
    return found


def read_text(path: Path) -> str | None:
    if not path.is_file():
        return None
    try:
        return path.read_bytes().decode("utf-8", errors="replace")
    except OSError as error:
        raise TenfoldError(
            f"{path} cannot be read.", why=error.strerror or str(error), next_step="Allow reading it."
        ) from error


def write_changed(
    folder: Path, files: tuple[Exported, ...], compared: tuple[Compared, ...], *, force: bool
) -> frozenset[str]:
    """Write what may be written, whole files at a time; gives the paths."""
    texts = {file.path: file for file in files}
    written = set()
    for one in compared:
        place = folder / one.path
        if one.state == "same" or (one.is_kept and not force):
            continue
        try:
            if one.state == "left over":
                place.unlink()
            else:
                _replace(place, texts[one.path])
        except OSError as error:
            raise TenfoldError(
                f"{place} cannot be written.",
                why=error.strerror or str(error),
                next_step="Name another folder: --to.",
            ) from error
        written.add(one.path)
    return frozenset(written)


def _replace(place: Path, file: Exported) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    temporary = place.with_name(f".{place.name}.tenfold")
    try:
        temporary.write_bytes(file.text.encode())
        temporary.chmod(file.mode)
        temporary.replace(place)
    finally:
        temporary.unlink(missing_ok=True)
