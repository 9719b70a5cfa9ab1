"""One index: its mapping, its documents, and those that a refresh made visible.

https://www.elastic.co/guide/en/elasticsearch/reference/current/near-real-time.html
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.django_tenfold.search.engine_double.analysis import analyze
from tests.django_tenfold.search.engine_double.faults import Refused, bad, take_known

if TYPE_CHECKING:
    from tests.django_tenfold.search.engine_double.analysis import Token

PARAMETERS = {
    "text": {"type", "analyzer", "copy_to"},
    "keyword": {"type", "ignore_above", "index", "doc_values"},
    "long": {"type"},
    "double": {"type"},
    "boolean": {"type"},
}
ANALYZERS = {"standard", "english", "german", "french", "spanish"}
SETTINGS = {"number_of_shards", "number_of_replicas", "refresh_interval"}
LONG = range(-(2**63), 2**63)


@dataclass(slots=True)
class Index:
    name: str
    properties: dict[str, dict[str, Any]]
    settings: dict[str, Any]
    aliases: set[str] = field(default_factory=set)
    documents: dict[str, tuple[int, dict[str, Any]]] = field(default_factory=dict)
    """Version and source by _id."""
    visible: dict[str, dict[str, Any]] = field(default_factory=dict)
    tokens: dict[tuple[str, str], list[Token | None]] = field(default_factory=dict)
    """Of the visible documents, by _id and field."""

    def put(self, key: str, version: int, source: dict[str, Any]) -> None:
        """https://www.elastic.co/guide/en/elasticsearch/reference/current/docs-index_.html#index-versioning"""
        for name, value in source.items():
            self._check(name, value)
        known = self.documents.get(key)
        if known and known[0] >= version:
            raise Refused(
                409,
                "version_conflict_engine_exception",
                f"[{key}]: version conflict, current version [{known[0]}] is higher or equal to the one provided"
                f" [{version}]",
            )
        self.documents[key] = (version, source)

    def refresh(self) -> None:
        self.visible = {key: source for key, (_, source) in self.documents.items()}
        self.tokens.clear()

    def read_tokens(self, key: str, name: str) -> list[Token | None]:
        if (key, name) not in self.tokens:
            told = self.properties[name]
            texts = [self.visible[key].get(name)]
            texts += [
                self.visible[key].get(other)
                for other, one in self.properties.items()
                if one.get("copy_to") == name
            ]
            self.tokens[key, name] = [
                token for text in texts if text for token in analyze(text, told["analyzer"])
            ]
        return self.tokens[key, name]

    def value(self, key: str, name: str) -> Any:
        """Of a field with doc values; None for nothing."""
        value = self.visible[key].get(name)
        longest = self.properties.get(name, {}).get("ignore_above")
        return None if longest and isinstance(value, str) and len(value) > longest else value

    def _check(self, name: str, value: Any) -> None:
        if name not in self.properties:
            raise bad(
                f"mapping set to strict, dynamic introduction of [{name}] within [_doc] is not allowed",
                "strict_dynamic_mapping_exception",
            )
        kind = self.properties[name]["type"]
        held = {
            "long": isinstance(value, int) and not isinstance(value, bool) and value in LONG,
            "double": isinstance(value, int | float) and not isinstance(value, bool),
            "boolean": isinstance(value, bool),
        }.get(kind, isinstance(value, str))
        if not held:
            raise bad(f"failed to parse field [{name}] of type [{kind}]", "document_parsing_exception")


def make_index(name: str, body: Any) -> Index:
    """https://www.elastic.co/guide/en/elasticsearch/reference/current/indices-create-index.html"""
    if name != name.lower() or name[0] in "-_+" or any(letter in '\\/*?"<>| ,#:' for letter in name):
        raise bad(f"Invalid index name [{name}]", "invalid_index_name_exception")
    given = take_known(body, {"aliases", "settings", "mappings"}, "create index")
    settings = take_known(given["settings"], {"index"}, "settings")["index"]
    take_known(settings, SETTINGS, "index")
    mappings = take_known(given["mappings"], {"dynamic", "properties"}, "mappings")
    for one, told in mappings["properties"].items():
        kind = told.get("type")
        if kind not in PARAMETERS:
            raise bad(f"No handler for type [{kind}] declared on field [{one}]", "mapper_parsing_exception")
        take_known(told, PARAMETERS[kind], one)
        if kind == "text" and told["analyzer"] not in ANALYZERS:
            raise bad(
                f"analyzer [{told['analyzer']}] has not been configured in mappings",
                "mapper_parsing_exception",
            )
    return Index(name, mappings["properties"], dict(settings), {*given.get("aliases", ())})
