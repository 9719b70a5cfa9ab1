"""The status of a stack as rich draws it: a heading, one row a service, what is wrong, the last log lines.

All of it is a function of values: `view` keeps it current on a terminal, `tenfold status` prints it once.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rich import box
from rich.console import Group
from rich.padding import Padding
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from tenfold.stack.runner.journal import NAME as JOURNAL
from tenfold.stack.runner.log_text import rate_line, shorten_line, split_journal
from tenfold.stack.runner.log_times import drop_stamp
from tenfold.stack.runner.sampling import Sample
from tenfold.stack.runner.states import State
from tenfold.stack.runner.view_cells import (
    COLOURS,
    MARKS,
    colour_names,
    count_ready,
    show_address,
    show_age,
    show_load,
    show_memory,
    split_done,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from rich.console import RenderableType

    from tenfold.stack.runner.log_files import LogLine
    from tenfold.stack.runner.status import ServiceStatus, StackStatus

COLUMNS = ("service", "state", "what", "address", "pid", "cpu", "memory", "load", "age")
ALWAYS = {"service", "state", "address", "memory", "load", "age"}
FIRST_TO_GO = ("what", "cpu", "pid")
"""Columns that are left out where the terminal is too narrow for all, in this order."""
GIVES_WAY = ("address", "load")
"""Columns that are cut where all others still do not fit."""
LEAST_WIDE = 7
"""Columns that they keep."""
GAP = 2
"""Columns between columns."""
NOTHING = Sample()
LEAST_LINES = 3
HINTS: Mapping[str, str] = {
    "error": "red",
    "warning": "yellow",
    "good": "green",
    "info": "default",
    "": "default",
}


@dataclass(frozen=True)
class Picture:
    """Everything that is shown at one moment."""

    status: StackStatus
    samples: Mapping[str, Sample] = field(default_factory=dict)
    lines: Sequence[LogLine] = ()
    now: float = 0.0
    """Seconds since 1970, on the clock of the status."""
    hint: str = ""
    """What the person can do, in the last line."""


def draw(picture: Picture, *, width: int, height: int) -> RenderableType:
    """The whole screen. Log lines take the height that the table leaves."""
    top = draw_parts(picture, width=width)
    rows, _ = split_done(picture.status)
    # The table is one part: it has a heading, a line, and its rows. The rule has a line above it.
    used = len(top) - 1 + 2 + len(rows) + 2 + bool(picture.hint)
    room = max(LEAST_LINES, height - used)
    shown = picture.lines[-room:]
    parts = [*top, Padding(Rule("logs", style="bright_black", align="left"), (1, 1, 0, 1))]
    parts += draw_lines(shown, [one.name for one in picture.status.services])
    if picture.hint:
        parts += [Text("")] * (room - len(shown))
        parts += [Text(f" {picture.hint}", style="bright_black", no_wrap=True, overflow="ellipsis")]
    return Group(*parts)


def draw_status(picture: Picture, *, width: int) -> RenderableType:
    """The status alone, for one look."""
    return Group(*draw_parts(picture, width=width))


def draw_parts(picture: Picture, *, width: int) -> list[RenderableType]:
    """Heading, table, what is done and what is wrong; all but the table are one line each."""
    _, done = split_done(picture.status)
    parts: list[RenderableType] = [
        draw_heading(picture),
        "",
        Padding(draw_services(picture, width=width), (0, 1)),
    ]
    parts += [draw_done(done)] if done else []
    return [*parts, *draw_troubles(picture.status)]


def draw_heading(picture: Picture) -> RenderableType:
    """ "shop  ● running  9 of 9 ready ... https://localhost:8443/"."""
    status = picture.status
    colour = COLOURS.get(status.state, "cyan")
    left = Text.assemble(
        (f" {status.name} ", "bold reverse"),
        "  ",
        (f"● {status.state}", f"bold {colour}"),
        (f"  {count_ready(status)}", "default"),
        (f"  {show_age(picture.now - status.since)}", "bright_black"),
    )
    grid = Table.grid(expand=True, padding=0)
    grid.add_column(no_wrap=True, overflow="ellipsis")
    grid.add_column(justify="right", no_wrap=True)
    grid.add_row(left, Text.assemble((status.url, f"bold underline link {status.url}")))
    return Padding(grid, (0, 1, 0, 0))


def draw_services(picture: Picture, *, width: int) -> Table:
    """One row for each service that runs or should."""
    rows, _ = split_done(picture.status)
    colours = colour_names(one.name for one in picture.status.services)
    cells = {
        one.name: _cells(
            one, picture.samples.get(one.name, NOTHING), colour=colours[one.name], now=picture.now
        )
        for one in rows
    }
    table = Table(
        box=box.SIMPLE_HEAD,
        expand=True,
        padding=(0, GAP - 1, 0, 0),  # the box adds one more
        show_edge=False,
        pad_edge=False,
        header_style="bright_black",
        border_style="bright_black",
    )
    shown = _choose_columns(list(cells.values()), width=width - 2)
    for column, cells_wide in shown.items():
        right = column in ("pid", "cpu", "memory", "age")
        table.add_column(
            column,
            justify="right" if right else "left",
            no_wrap=True,
            overflow="ellipsis",
            width=cells_wide,
        )
    for row in cells.values():
        table.add_row(*(row[column] for column in shown))
    return table


def _choose_columns(rows: Sequence[Mapping[str, Text]], *, width: int) -> dict[str, int]:
    """The columns that have something to show and fit, each with its width: all of `width` in all."""
    widest = {
        column: max((len(column), *(row[column].cell_len for row in rows)))
        for column in COLUMNS
        if column in ALWAYS or any(row[column].cell_len for row in rows)
    }

    def left() -> int:
        return width - sum(widest.values()) - GAP * (len(widest) - 1)

    for column in FIRST_TO_GO:
        if left() < 0:
            widest.pop(column, None)
    for column in GIVES_WAY:
        widest[column] = max(LEAST_WIDE, widest[column] + min(0, left()))
    widest["load"] += max(0, left())
    return widest


def _cells(one: ServiceStatus, sample: Sample, *, colour: str, now: float) -> dict[str, Text]:
    """Every cell of a service's row, by its column."""
    return {
        "service": Text(one.name, style=f"bold {colour}"),
        "state": _state(one),
        "what": Text(one.title, style="bright_black"),
        "address": Text(show_address(one.address)),
        "pid": Text(str(one.pid or ""), style="bright_black"),
        "cpu": Text(_processor(sample)),
        "memory": Text(show_memory(sample.memory)),
        "load": Text(show_load(sample)),
        "age": Text(show_age(now - one.since) if one.since else "", style="bright_black"),
    }


def draw_done(done: Sequence[ServiceStatus]) -> Text:
    """Commands that have ended well, in one line."""
    names = ", ".join(one.name for one in done)
    return Text.assemble(
        (" ✓ ", "green"), (f"done: {names}", "bright_black"), no_wrap=True, overflow="ellipsis"
    )


def draw_troubles(status: StackStatus) -> Iterable[Text]:
    """Why services are not what they should be."""
    for one in status.services:
        if one.why and one.state in (State.FAILED, State.BACKOFF):
            yield Text.assemble(
                (f" {MARKS[State(one.state)]} ", COLOURS[State(one.state)]),
                (f"{one.name}: ", "bold"),
                shorten_line(one.why),
                no_wrap=True,
                overflow="ellipsis",
            )


def draw_lines(lines: Sequence[LogLine], names: Sequence[str]) -> Iterable[Text]:
    """Log lines, each behind its service's name in its colour."""
    colours = colour_names(names)
    spoken = [_speak(line) for line in lines]
    indent = max((len(name) for name, _, _, _ in spoken), default=0)
    for name, mark, text, level in spoken:
        yield Text.assemble(
            (f" {name:<{indent}} ", colours.get(name, "default")),
            (f"{mark} ", "bright_black"),
            (text, HINTS[level]),
            no_wrap=True,
            overflow="ellipsis",
        )


def _speak(line: LogLine) -> tuple[str, str, str, str]:
    """(name, mark, text, level): what the supervisor says stands behind the name it is about."""
    if line.service == JOURNAL and (said := split_journal(line.text)):
        return said[0], "›", said[1], said[2]
    text = drop_stamp(shorten_line(line.text))
    return line.service.removesuffix("-access"), "│", text, rate_line(text)


def _state(one: ServiceStatus) -> Text:
    colour = COLOURS.get(one.state, "default")
    mark = MARKS[State(one.state)] if one.state in MARKS else "?"
    again = f" ↻{one.restarts}" if one.restarts else ""
    return Text.assemble((f"{mark} {one.state}", colour), (again, "yellow"))


def _processor(sample: Sample) -> str:
    return "" if sample.processor is None else f"{sample.processor * 100:.0f}%"
