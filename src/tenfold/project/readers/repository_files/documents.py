"""YAML, TOML and JSON texts; YAML keeps its lines. What is broken becomes a Problem with its line."""

from __future__ import annotations

import json
import re
import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import yaml

from tenfold.project.model import Location, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
MAXIMUM_YAML = 600_000
"""Characters. Files beyond it are generated (an OpenAPI schema, recorded data)."""
MAXIMUM_NESTING = 60
MAXIMUM_MERGES = 20
MAXIMUM_EXPANDED = 300_000
"""Values with every alias put in its place. Ten lines of aliases of aliases can stand for billions."""


@dataclass(frozen=True, slots=True)
class Yaml:
    """One YAML value with its line. Asking an absent or other kind of value gives an empty one, no error."""

    node: yaml.Node | None = None

    def __bool__(self) -> bool:
        return self.node is not None

    @property
    def line(self) -> int:
        return self.node.start_mark.line + 1 if self.node is not None else 0

    @property
    def text(self) -> str:
        """The scalar as written, "" for anything else (and for null)."""
        if not isinstance(self.node, yaml.ScalarNode) or self.node.tag == "tag:yaml.org,2002:null":
            return ""
        return str(self.node.value)

    @property
    def is_mapping(self) -> bool:
        return isinstance(self.node, yaml.MappingNode)

    @property
    def is_list(self) -> bool:
        return isinstance(self.node, yaml.SequenceNode)

    @property
    def is_block(self) -> bool:
        """Whether it is a block scalar (`|` or `>`), whose text begins one line below."""
        return isinstance(self.node, yaml.ScalarNode) and self.node.style in ("|", ">")

    @property
    def text_line(self) -> int:
        """The line where the scalar's text begins."""
        return self.line + (1 if self.is_block else 0)

    def pairs(self, merges: int = MAXIMUM_MERGES) -> dict[str, tuple[int, Yaml]]:
        """key -> (line of the key, value); `<<` merged in, own keys winning."""
        if not isinstance(self.node, yaml.MappingNode):
            return {}
        merged: dict[str, tuple[int, Yaml]] = {}
        own: dict[str, tuple[int, Yaml]] = {}
        for key, value in self.node.value:
            if not isinstance(key, yaml.ScalarNode):
                continue
            if key.value == "<<":
                if merges:
                    for source in Yaml(value).parts():
                        merged = {**source.pairs(merges - 1), **merged}
            else:
                own[str(key.value)] = (key.start_mark.line + 1, Yaml(value))
        return {**merged, **own}

    def items(self) -> Iterator[tuple[str, int, Yaml]]:
        for name, (line, value) in self.pairs().items():
            yield name, line, value

    def get(self, *keys: str) -> Yaml:
        """The value below the keys, an empty one where a key is missing."""
        value = self
        for key in keys:
            value = value.pairs().get(key, (0, Yaml()))[1]
        return value

    def line_of(self, key: str) -> int:
        return self.pairs().get(key, (self.line, Yaml()))[0]

    def parts(self) -> tuple[Yaml, ...]:
        """The elements of a list; a lone value as a list of one."""
        if isinstance(self.node, yaml.SequenceNode):
            return tuple(Yaml(node) for node in self.node.value)
        return (self,) if self.node is not None else ()

    def elements(self) -> tuple[Yaml, ...]:
        """The elements of a list, () for anything else."""
        return self.parts() if self.is_list else ()

    def texts(self) -> tuple[str, ...]:
        """The scalars of a list, or the lone scalar."""
        return tuple(part.text for part in self.parts() if isinstance(part.node, yaml.ScalarNode))


def read_yaml(text: str, path: str) -> tuple[Yaml, ...] | Problem:
    """The documents of a YAML text (at least one, perhaps empty)."""
    if len(text) > MAXIMUM_YAML:
        return Problem(
            Location(path), "is too large for a configuration file and was not read", "Exclude it."
        )
    if _is_nested_too_deep(text):
        return Problem(
            Location(path), "is nested too deep to be read as YAML", "Simplify or exclude the file."
        )
    try:
        documents = tuple(Yaml(node) for node in yaml.compose_all(text, Loader=_LOADER))
        endless = "*" in text and sum(_count_expanded(d.node, {}) for d in documents) > MAXIMUM_EXPANDED
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        what = getattr(error, "problem", None) or str(error).partition("\n")[0] or type(error).__name__
        line = mark.line + 1 if mark is not None else 0
        return Problem(
            Location(path, line), f"is not valid YAML: {what}", "Correct this line; then audit again."
        )
    if endless:
        what = f"stands for more than {MAXIMUM_EXPANDED:,} values once its aliases are followed"
        return Problem(Location(path), what, "Write out what the aliases repeat, or exclude the file.")
    return documents or (Yaml(),)


def _count_expanded(node: yaml.Node | None, counted: dict[int, int]) -> int:
    """How many values a node stands for; `counted` holds those of nodes seen, by identity."""
    known = counted.get(id(node))
    if known is not None:
        return known
    counted[id(node)] = MAXIMUM_EXPANDED + 1  # an alias to what holds it has no end
    children: list[yaml.Node] = []
    if isinstance(node, yaml.SequenceNode):
        children = node.value
    elif isinstance(node, yaml.MappingNode):
        children = [value for _, value in node.value]
    counted[id(node)] = 1 + sum(_count_expanded(child, counted) for child in children)
    return counted[id(node)]


def _is_nested_too_deep(text: str) -> bool:
    """A composer recurses per level; `[[[[...` would end the interpreter's stack."""
    return bool(re.search(r"(?:[\[{]\s*){60}", text) or re.search(r"(?:- ){60}", text)) or (
        max(text.count("["), text.count("{")) > 400 and _flow_depth(text) > MAXIMUM_NESTING * 3
    )


def _flow_depth(text: str) -> int:
    depth = deepest = 0
    for character in re.findall(r"[\[\]{}]", text):
        depth = max(0, depth + (1 if character in "[{" else -1))
        deepest = max(deepest, depth)
    return deepest


def read_toml(text: str, path: str) -> dict[str, Any] | Problem:
    try:
        return tomllib.loads(text.replace("\r\n", "\n"))
    except (tomllib.TOMLDecodeError, RecursionError, ValueError) as error:
        match = re.search(r"at line (\d+)", str(error))
        line = int(match[1]) if match else 0
        return Problem(
            Location(path, line), f"is not valid TOML: {error}", "Correct this line; then audit again."
        )


def read_json(text: str, path: str) -> Any | Problem:
    """The value of a JSON text; comments on lines of their own (tsconfig, biome) are allowed."""
    bare = re.sub(r"^\s*//.*$", "", text, flags=re.MULTILINE)
    try:
        return json.loads(bare)
    except (ValueError, RecursionError) as error:
        line = getattr(error, "lineno", 0)
        return Problem(
            Location(path, line), f"is not valid JSON: {error}", "Correct this line; then audit again."
        )


def find_line(text: str, needle: str, start_line: int = 1) -> int:
    """The 1-based line of the first `needle` at or after `start_line`; 0 when it is nowhere."""
    position = 0
    for _ in range(start_line - 1):
        position = text.find("\n", position) + 1
        if not position:
            return 0
    found = text.find(needle, position)
    return text.count("\n", 0, found) + 1 if found >= 0 else 0
