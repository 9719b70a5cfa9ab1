"""Writes the pages that follow from the code: practices, command line, configuration, options of blocks.

Whatever is a practice, a verb, a configuration key or a block's option has a page because it exists; nothing is
listed by hand. The pages are ignored by git and made anew at every build.
"""

from __future__ import annotations

import argparse
import importlib
import re
import textwrap
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from tenfold.cli.explain import divide_example
from tenfold.cli.main import find_verbs
from tenfold.config import Config, PathOverride, UpConfig, documented
from tenfold.practices.catalogue import entries, rows
from tenfold.stack.catalogue import service_folders
from tenfold.topology.explaining import explain_topology
from tenfold.topology.model import Machine, Work
from tenfold.topology.sizing import size

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from types import ModuleType

    from django_tenfold.conf.options import BlockOptions
    from tenfold.practice import Example
    from tenfold.practices.catalogue import Entry, Row

LANGUAGES = {
    ".py": "python",
    ".html": "html+django",
    ".toml": "toml",
    ".yml": "yaml",
    ".yaml": "yaml",
    ".json": "json",
    ".ini": "ini",
    ".sh": "bash",
    ".conf": "nginx",
}
FIXES = {None: "by hand", "safe": "`tenfold fix`", "unsafe": "`tenfold fix --unsafe`: read the diff"}
WIDTH = 100
# A star that begins a line and is followed by a space is a list's; any other is a star.
SPECIAL = re.compile(r"(?<!^)\*|^\*(?! )|[_<\[\]{}$]", re.MULTILINE)


def make_pages() -> dict[str, str]:
    """Every generated page: its path below docs/, its Markdown."""
    pages = {f"practices/{entry.practice.id}.md": practice_page(entry) for entry in entries()}
    pages["practices/index.md"] = practices_index(entries(), rows())
    pages["reference/generated/command-line.md"] = command_line_page(find_verbs())
    pages["reference/generated/configuration.md"] = configuration_page()
    pages["reference/generated/topology.md"] = topology_page()
    pages["reference/generated/services.md"] = services_page()
    for name, options in block_options().items():
        pages[f"reference/generated/options-{name}.md"] = options_page(options)
    return pages


def write_pages(folder: Path) -> None:
    """Write the pages; those of practices that are gone are removed. Unchanged files keep their time."""
    pages = make_pages()
    for home in ("practices", "reference/generated"):
        for old in sorted((folder / home).rglob("*.md")):
            if old.relative_to(folder).as_posix() not in pages:
                old.unlink()
    for path, text in pages.items():
        target = folder / path
        if target.exists() and target.read_text(encoding="utf-8") == text:
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")


def practice_page(entry: Entry) -> str:
    """One practice: claim, reason, facts about it, examples."""
    practice = entry.practice
    facts = [
        ("Id", f"`{practice.id}`"),
        ("Severity", f"{practice.impact.label} (weighs {int(practice.impact)} in the score)"),
        ("Confidence", practice.confidence.label),
        ("Mended", FIXES[practice.fix]),
        ("Judged in", ", ".join(practice.contexts) or "all code"),
        ("Sources", ", ".join(practice.sources) or "production experience"),
    ]
    blocks = [
        f"# {escape(entry.summary.rstrip('.'))}",
        to_markdown(re.sub(r"\n(?=Holds\b)", "\n\n", entry.why)),
        "\n".join(["| | |", "| --- | --- |", *(f"| **{name}** | {value} |" for name, value in facts)]),
        *(
            ["## Further reading", "\n".join(f"- <{link}>" for link in practice.links)]
            if practice.links
            else []
        ),
        "## Examples",
        *(block for example in entry.examples for block in example_blocks(example)),
        "## Accept it where it is right",
        f"```python\n# tenfold: allow[{practice.id}] the reason\n```",
    ]
    return "\n\n".join(blocks) + "\n"


def example_blocks(example: Example) -> Iterator[str]:
    for part in divide_example(example):
        note = escape(f"{part.note[:1].upper()}{part.note[1:]}.") if part.note else ""
        yield f"### {part.title}\n\n{note}".rstrip()
        yield from file_blocks(part.files)


def file_blocks(files: Mapping[str, str]) -> Iterator[str]:
    for path, text in files.items():
        suffix = "." + path.rpartition(".")[2]
        language = "docker" if "Dockerfile" in path else LANGUAGES.get(suffix, "text")
        body = textwrap.dedent(text).strip("\n")
        fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", body)), default=0))
        yield f"`{path}`\n\n{fence}{language}\n{body}\n{fence}"


def practices_index(judged: Iterable[Entry], planned: Iterable[Row]) -> str:
    """The catalogue by topic: what is judged with its page, then what is still to be written."""
    by_topic: dict[str, list[Entry]] = {}
    for entry in judged:
        by_topic.setdefault(entry.practice.topic, []).append(entry)
    known = {entry.practice.id for found in by_topic.values() for entry in found}
    blocks = [
        "# Practices",
        "Each page follows from the practice's own file: its claim, its reason, its examples.",
    ]
    for topic, found in sorted(by_topic.items()):
        blocks.append(f"## {topic.capitalize()}")
        listing = "\n".join(f"{escape(entry.summary.rstrip('.'))} <{entry.practice.id}>" for entry in found)
        blocks.append(f"```{{toctree}}\n:maxdepth: 1\n\n{listing}\n```")
    left = [row for row in planned if row.id not in known]
    if left:
        blocks.append("## Not judged yet")
        blocks.append("\n".join(f"- `{row.id}`: {escape(row.title)}" for row in left))
    return "\n\n".join(blocks) + "\n"


def command_line_page(verbs: Mapping[str, ModuleType]) -> str:
    """Every verb with its help text."""
    blocks = [
        "# Command line",
        "Exit codes: 0 clean, 1 findings at or above `--fail-on`, 2 usage or a project that cannot be used,"
        " 3 a fault of Tenfold.",
    ]
    for name, module in sorted(verbs.items()):
        parser = argparse.ArgumentParser(
            prog=f"tenfold {name}",
            description=module.__doc__,
            formatter_class=partial(argparse.RawDescriptionHelpFormatter, width=WIDTH),
        )
        if hasattr(parser, "color"):  # Python 3.14 colours help
            parser.color = False
        module.add_arguments(parser)
        blocks.append(f"## tenfold {name}\n\n```text\n{parser.format_help().rstrip()}\n```")
    return "\n\n".join(blocks) + "\n"


def configuration_page() -> str:
    """Every key of `[tool.tenfold]` with type, default and example."""
    blocks = [
        "# Configuration",
        "Keys of `[tool.tenfold]` in `pyproject.toml`, or at the top of `tenfold.toml`; one of the two."
        " Options on the command line win. An unknown key is refused, with the nearest known one.",
        *configuration_keys(Config, "## {}"),
        "## Keys of one override",
        "Each `[[tool.tenfold.overrides]]` holds:",
        *configuration_keys(PathOverride, "### overrides: {}"),
        "## Keys of the stack",
        "`[tool.tenfold.up]`, or `[up]` in `tenfold.toml`, holds:",
        *configuration_keys(UpConfig, "### up: {}"),
    ]
    return "\n\n".join(blocks) + "\n"


def topology_page() -> str:
    """Every number of the stack with its reason, on a machine as one rents it."""
    machine = Machine(cores=4, memory=8 * 1024**3, open_files=65_536)
    blocks = [
        "# Numbers of the stack",
        "What `tenfold explain topology` says of a machine with four cores and 8 GiB, for a project with Celery."
        " `tenfold explain topology PATH` says it of your machine and your project; `--json` gives it to machines."
        " Keys of `[tool.tenfold.up]` set a number; [how the others follow](../../explanation/sizing.md).",
        *(
            _code_block("\n".join(lines))
            for lines in _paragraphs(explain_topology(size(machine, Work(tasks=True))))
        ),
    ]
    return "\n\n".join(blocks) + "\n"


def services_page() -> str:
    """Every service folder: what it is, and where its programs can be had."""
    lines = ["# Services", "", "What `tenfold up` runs, one folder of `stack/services/` each.", ""]
    for name, folder in service_folders().items():
        lines += [f"## {name}", "", escape(re.sub(r"\s*\n(?!\n)\s*", " ", folder.__doc__.strip())), ""]
        for need in folder.NEEDS:
            where = [f"PATH (`{'`, `'.join(need.programs)}`)"]
            where += [f"the wheel {need.wheel}"] if need.wheel else []
            where += [f"Debian's {need.package}"] if need.package else []
            instead = f" In its place: {escape(need.without)}." if need.without else ""
            least = f" {need.least} or newer," if need.least else ""
            lines.append(f"- **{need.name}**:{least} from {', '.join(where)}.{instead}")
        lines += [""] if folder.NEEDS else []
    return "\n".join(lines)


def block_options() -> dict[str, BlockOptions[object]]:
    """The options of every block of `django_tenfold` that has some, by the block's name."""
    home = Path(importlib.import_module("django_tenfold").__file__ or "").parent
    names = sorted(path.parent.name for path in home.glob("*/settings.py"))
    return {name: importlib.import_module(f"django_tenfold.{name}.settings").options for name in names}


def options_page(options: BlockOptions[object]) -> str:
    """A table of one block's options, which the block's own page includes."""
    lines = [
        f"Options of the block: keys of the dictionary `{options.setting}` in the settings.",
        "",
        "| Option | Type | Default | Meaning |",
        "| --- | --- | --- | --- |",
    ]
    for one in options.document():
        choices = f" One of {', '.join(f'`{choice}`' for choice in one.choices)}." if one.choices else ""
        meaning = f"{escape(one.doc)}{choices}".replace("|", "\\|")
        kind = one.kind.replace("|", "\\|")
        lines.append(f"| `{one.name}` | {kind} | `{one.default!r}` | {meaning} |")
    return "\n".join(lines) + "\n"


def _paragraphs(lines: Iterable[str]) -> Iterator[list[str]]:
    for filled, group in groupby(lines, key=bool):
        if filled:
            yield list(group)


def _code_block(text: str) -> str:
    return f"```text\n{text}\n```"


def configuration_keys(kind: type[Config | PathOverride | UpConfig], heading: str) -> Iterator[str]:
    for one in documented(kind):
        choices = f" One of {', '.join(f'`{choice}`' for choice in one.choices)}." if one.choices else ""
        default = f" Default: `{one.default!r}`." if one.default and one.kind != "up" else ""
        yield f"{heading.format(one.name)}\n\n{escape(one.doc)}{choices}{default}"
        if one.example:
            yield f"```toml\n{one.name} = {one.example}\n```"


def to_markdown(text: str) -> str:
    """A docstring's text as Markdown: paragraphs escaped, indented ones kept as code."""
    blocks = []
    for paragraph in re.split(r"\n\s*\n", text.strip("\n")):
        if all(line.startswith("    ") for line in paragraph.split("\n")):
            blocks.append(f"```text\n{textwrap.dedent(paragraph)}\n```")
        else:
            blocks.append(escape(paragraph))
    return "\n\n".join(blocks)


def escape(text: str) -> str:
    """Markdown's own characters made literal outside `code` and lists; bare addresses become links."""
    parts = re.split(r"(`+[^`]*`+)", text)
    return "".join(part if part.startswith("`") else _escape_plain(part) for part in parts)


def _escape_plain(text: str) -> str:
    pieces = re.split(r"(https?://[^\s)>,]+[^\s)>,.;:])", text)
    return "".join(
        f"<{piece}>" if piece.startswith("http") else SPECIAL.sub(r"\\\g<0>", piece) for piece in pieces
    )
