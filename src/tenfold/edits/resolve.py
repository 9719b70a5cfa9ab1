"""From a change to the splices that make it so in a file's present text."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tenfold.edits import model
from tenfold.edits.draft import Splice, present_line, present_span
from tenfold.edits.lines import append_lines, insert_lines, remove_lines, replace_text
from tenfold.edits.python import Python
from tenfold.edits.python_calls import remove_keyword, set_keyword
from tenfold.edits.python_imports import add_import
from tenfold.edits.python_lists import insert_item, remove_element, remove_item
from tenfold.edits.python_values import remove_key, remove_setting, set_key, set_setting, wrap_value
from tenfold.edits.upgrades import upgrade_django
from tenfold.errors import EditError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tenfold.edits.draft import Draft

IN_PYTHON: Mapping[type, Callable[[Python, Any], list[Splice]]] = {
    model.SetSetting: set_setting,
    model.RemoveSetting: remove_setting,
    model.SetKey: set_key,
    model.RemoveKey: remove_key,
    model.InsertItem: insert_item,
    model.RemoveItem: remove_item,
    model.RemoveElement: remove_element,
    model.WrapValue: wrap_value,
    model.SetKeyword: set_keyword,
    model.RemoveKeyword: remove_keyword,
    model.AddImport: add_import,
}
IN_LINES: Mapping[type, Callable[[Draft, Any], list[Splice]]] = {
    model.AppendLines: append_lines,
    model.ReplaceText: replace_text,
    model.InsertLines: insert_lines,
    model.RemoveLines: remove_lines,
    model.UpgradeDjango: upgrade_django,
}


def resolve(draft: Draft, change: model.Change) -> list[Splice]:
    """Splices (offsets of the present text); [] when the file is as wanted already."""
    if isinstance(change, model.Edit):
        return _resolve_bytes(draft, change)
    if isinstance(change, model.CreateFile):
        return _create(draft, change)
    in_python = IN_PYTHON.get(type(change))
    if draft.original is None and (in_python or not isinstance(change, model.AppendLines)):
        raise EditError(f"{draft.path} does not exist")
    present = _with_present_lines(draft, change)
    if in_python:
        return in_python(Python(draft.path, draft.text), present)
    return IN_LINES[type(change)](draft, present)


def _with_present_lines(draft: Draft, change: Any) -> Any:
    moved = {
        name: present_line(draft, getattr(change, name))
        for name in ("line", "last")
        if getattr(change, name, 0)
    }
    return replace(change, **moved) if moved else change


def _resolve_bytes(draft: Draft, change: model.Edit) -> list[Splice]:
    if draft.original is None or not 0 <= change.start <= change.end <= len(draft.original):
        raise EditError(f"{draft.path}: bytes {change.start} to {change.end} are not in the file")
    marks = len(draft.encoding.bom)
    try:
        start, end = (
            len(draft.original[marks : max(at, marks)].decode(draft.encoding.name))
            for at in (change.start, change.end)
        )
    except UnicodeDecodeError as error:
        raise EditError(f"{draft.path}: byte {change.start} is inside a character") from error
    return [Splice(*present_span(draft, start, end), change.text)]


def _create(draft: Draft, change: model.CreateFile) -> list[Splice]:
    if draft.text == change.text:
        return []
    if draft.original is not None or draft.text:
        raise EditError(
            f"{draft.path} exists already", next_step="Compare it with the proposed text by hand."
        )
    return [Splice(0, 0, change.text)]
