from __future__ import annotations

import importlib.util
import re
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tenfold.cli.main import find_verbs
from tenfold.config import Config, PathOverride, UpConfig
from tenfold.practices.catalogue import entries, rows
from tenfold.stack.catalogue import binary_needs, service_folders
from tenfold.topology.model import Machine, Work
from tenfold.topology.sizing import size

if TYPE_CHECKING:
    from types import ModuleType

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture(scope="module")
def generate() -> ModuleType:
    spec = importlib.util.spec_from_file_location("generate", DOCS / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def pages(generate: ModuleType) -> dict[str, str]:
    made: dict[str, str] = generate.make_pages()
    return made


def test_every_practice_has_a_page_with_its_claim_and_id(pages: dict[str, str]) -> None:
    for entry in entries():
        page = pages[f"practices/{entry.practice.id}.md"]
        assert page.startswith("# ")
        assert f"`{entry.practice.id}`" in page
        assert entry.practice.id in pages["practices/index.md"]
        assert page.count("\n### ") >= len(entry.examples)


def test_every_planned_practice_is_listed(pages: dict[str, str]) -> None:
    missing = [row.id for row in rows() if row.id not in pages["practices/index.md"]]
    assert missing == []


def test_every_verb_has_a_section_with_all_of_its_options(pages: dict[str, str]) -> None:
    page = pages["reference/generated/command-line.md"]
    for name in find_verbs():
        assert f"## tenfold {name}\n" in page
    assert "--diff-base REF" in page


def test_every_service_has_a_section_that_names_its_programs(pages: dict[str, str]) -> None:
    page = pages["reference/generated/services.md"]
    assert [name for name in service_folders() if f"## {name}\n" not in page] == []
    assert [need.name for need in binary_needs() if f"**{need.name}**" not in page] == []


def test_every_option_of_a_block_stands_on_a_page_that_the_blocks_own_page_includes(
    generate: ModuleType, pages: dict[str, str]
) -> None:
    for name, options in generate.block_options().items():
        page = pages[f"reference/generated/options-{name}.md"]
        assert [one.name for one in options.document() if f"| `{one.name}` |" not in page] == []
        assert f"generated/options-{name}.md" in (DOCS / f"blocks/{name}.md").read_text(encoding="utf-8")


def test_every_block_has_a_page(generate: ModuleType) -> None:
    blocks = [path.parent.name for path in (DOCS.parent / "src/django_tenfold").glob("*/apps.py")]
    assert [name for name in blocks if not (DOCS / f"blocks/{name}.md").is_file()] == []


def test_every_configuration_key_has_a_section_with_its_meaning(pages: dict[str, str]) -> None:
    page = pages["reference/generated/configuration.md"]
    for one in fields(Config):
        assert re.search(rf"^## {one.name.replace('_', '-')}$", page, re.MULTILINE), one.name
    for one in fields(PathOverride):
        assert f"### overrides: {one.name.replace('_', '-')}\n" in page
    for one in fields(UpConfig):
        assert f"### up: {one.name.replace('_', '-')}\n" in page
    assert "UpConfig(" not in page


def test_every_number_of_the_stack_has_a_line_with_its_reason(pages: dict[str, str]) -> None:
    page = pages["reference/generated/topology.md"]
    machine = Machine(cores=4, memory=8 * 1024**3, open_files=65_536)
    for name, number in size(machine, Work(tasks=True)).numbers():
        assert number.reason in page, name


def test_pages_of_practices_that_are_gone_are_removed(generate: ModuleType, tmp_path: Path) -> None:
    gone = tmp_path / "practices/http/gone.md"
    gone.parent.mkdir(parents=True)
    gone.write_text("# Gone\n")
    kept = tmp_path / "tutorial.md"
    kept.write_text("# Kept\n")
    generate.write_pages(tmp_path)
    assert not gone.exists()
    assert kept.exists()
    assert (tmp_path / "practices/index.md").exists()


def test_an_unchanged_page_is_not_written_again(generate: ModuleType, tmp_path: Path) -> None:
    generate.write_pages(tmp_path)
    index = tmp_path / "practices/index.md"
    before = index.stat().st_mtime_ns
    generate.write_pages(tmp_path)
    assert index.stat().st_mtime_ns == before


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("set CONN_MAX_AGE to __all__", r"set CONN\_MAX\_AGE to \_\_all\_\_"),
        ("`a * b` and c * d", r"`a * b` and c \* d"),
        ("see https://example.org/a_b.", "see <https://example.org/a_b>."),
        ("{role}`x`", r"\{role\}`x`"),
        ("__all__", r"\_\_all\_\_"),
        ("* one\n* two *.py", "* one\n* two \\*.py"),
    ],
)
def test_characters_that_markdown_knows_are_made_literal(
    generate: ModuleType, text: str, expected: str
) -> None:
    assert generate.escape(text) == expected


def test_an_indented_paragraph_stays_code(generate: ModuleType) -> None:
    assert generate.to_markdown("a\n\n    x = 1\n    y = 2\n") == "a\n\n```text\nx = 1\ny = 2\n```"


def test_an_example_with_backticks_gets_a_longer_fence(generate: ModuleType) -> None:
    (block,) = generate.file_blocks({"a.md": "```\nx\n```"})
    assert block.startswith("`a.md`\n\n````text\n")


def test_every_written_page_is_reachable_from_the_index() -> None:
    index = (DOCS / "index.md").read_text(encoding="utf-8")
    written = [
        path.relative_to(DOCS).with_suffix("").as_posix()
        for folder in ("tutorial", "how-to", "explanation", "blocks")
        for path in sorted((DOCS / folder).glob("*.md"))
    ]
    assert written
    assert [page for page in written if page not in index] == []


def test_every_dependency_has_its_reason() -> None:
    page = (DOCS / "explanation/dependencies.md").read_text(encoding="utf-8").lower()
    text = (DOCS.parent / "requirements/dev.txt").read_text(encoding="utf-8")
    chosen = text.partition("# what those bring along")[0]
    names = {match.lower() for match in re.findall(r"^([\w-]+)(?:\[[\w,]+\])?==", chosen, re.MULTILINE)}
    assert {"rich", "pytest", "psycopg"} <= names
    assert [name for name in sorted(names) if name not in page] == []
