"""What a process keeps of the database: bounded, and never put back once it was dropped."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable

Value = TypeVar("Value")


class Memory(Generic[Value]):
    """Values by key, the least recently used thrown away first.

    Whoever fills it notes `generation` before reading the database, and hands it to `put`. A value that was
    read while something was dropped is not kept: it may be what was dropped.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self.generation = 0
        self._kept: OrderedDict[str, Value] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, key: str) -> Value | None:
        found = self._kept.get(key)
        if found is not None:
            try:
                self._kept.move_to_end(key)
            except KeyError:  # dropped by another thread in between
                return None
        return found

    def put(self, key: str, value: Value, generation: int) -> bool:
        """Whether it was kept."""
        with self._lock:
            if generation != self.generation:
                return False
            self._kept[key] = value
            self._kept.move_to_end(key)
            if len(self._kept) > self.most:
                self._kept.popitem(last=False)
            return True

    def drop(self, keys: Iterable[str]) -> None:
        with self._lock:
            self.generation += 1
            for key in keys:
                self._kept.pop(key, None)

    def clear(self) -> None:
        with self._lock:
            self.generation += 1
            self._kept.clear()
