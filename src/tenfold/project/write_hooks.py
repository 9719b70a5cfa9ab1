"""Which models run code of the project when a row is saved: bulk writes would leave it out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tenfold.project.source import Invoke, Items, Name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenfold.project.model import Project
    from tenfold.project.source import Module, Value

_SIGNALS = ("pre_save", "post_save", "m2m_changed", "pre_init", "post_init")


class WriteHooks:
    """Over one project: `save` methods of its models, and receivers of signals."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.relations = project.querysets.relations
        self.by_dotted = {model.dotted: label for label, model in self.relations.models.items()}
        self._received: set[str] | None = None

    def runs_code(self, label: str) -> bool:
        """Whether `save()` of that model is the project's own, or somebody listens to it."""
        model = self.relations.models.get(label)
        if model is None:
            return True
        if any(self.project.source.find(f"{owner}.save") for owner in (model.dotted, *model.bases)):
            return True
        received = self.received()
        return label in received or "*" in received

    def received(self) -> set[str]:
        """Labels of the models whose saves are received; "*" for all."""
        if self._received is None:
            self._received = {label for module in self.project.source for label in self._receivers(module)}
        return self._received

    def _receivers(self, module: Module) -> Iterator[str]:
        imported = any(record.name in _SIGNALS for record in module.imports)
        if not imported and not any(signal in name for name in module.names for signal in _SIGNALS):
            return
        for decorator in (each for scope in module.scopes for each in scope.decorators):
            if not isinstance(decorator, Invoke) or not decorator.callee.endswith("receiver"):
                continue
            if any(self._is_signal(value) for value in decorator.args):
                yield from self._senders(module, decorator.keyword("sender"))
        for call in module.calls:
            head, _, last = call.callee.rpartition(".")
            if last == "connect" and head.rpartition(".")[2] in _SIGNALS:
                yield from self._senders(module, call.keyword("sender"))

    def _is_signal(self, value: Value) -> bool:
        if isinstance(value, Items):
            return any(self._is_signal(each) for each in value.values)
        return isinstance(value, Name) and value.dotted.rpartition(".")[2] in _SIGNALS

    def _senders(self, module: Module, sender: Value) -> Iterator[str]:
        dotted = module.name
        if isinstance(sender, Name):
            dotted = self.project.source.resolve(module, sender.dotted)
        elif isinstance(sender, str):
            yield sender.lower()
            return
        yield self.by_dotted.get(dotted, "*")
