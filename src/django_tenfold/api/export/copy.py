"""Rows of a COPY, many for each wait of the driver.

psycopg's `Copy` gives them one by one, each through a generator and a wait that have nothing to do when the row has
arrived already: half of this process's time in an export. The rows are taken from libpq here by psycopg's own
wrapper of it (https://www.psycopg.org/psycopg3/docs/api/pq.html), up to as many as make a block.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Generator


class CopiedRows:
    """Of a `Copy` of psycopg inside its `with` block; leaving that block early still cancels the statement."""

    def __init__(self, copied: Any) -> None:
        self._connection = copied.connection
        self._ended = False

    def take(self, wanted: int) -> list[Any]:
        """Up to `wanted` rows as bytes or memoryviews; none at the end. Raises psycopg's errors."""
        taken: list[Any] = []
        if not self._ended:
            self._connection.wait(self._fill(taken, wanted))
        return taken

    def _fill(self, taken: list[Any], wanted: int) -> Generator[Any, Any, None]:
        """A generator as `Connection.wait` takes it: it yields what to wait for."""
        from psycopg.waiting import Wait

        pgconn = self._connection.pgconn
        get, add = pgconn.get_copy_data, taken.append
        while wanted:
            size, row = get(1)
            if size > 0:
                add(row)
                wanted -= 1
            elif size == 0:  # the next row has not arrived
                while not (yield Wait.R):
                    continue
                pgconn.consume_input()
            else:
                self._ended = True
                yield from self._finish(Wait.R)
                return

    def _finish(self, readable: Any) -> Generator[Any, Any, None]:
        """What the statement came to: COPY's last word is an error when the server gave up half-way."""
        from psycopg.errors import error_from_result
        from psycopg.pq import ExecStatus

        pgconn = self._connection.pgconn
        problem = None
        while True:
            while pgconn.is_busy():
                while not (yield readable):
                    continue
                pgconn.consume_input()
            result = pgconn.get_result()
            if result is None:
                break
            if result.status != ExecStatus.COMMAND_OK:
                problem = problem or result
        if problem is not None:
            raise error_from_result(problem, encoding=self._connection.info.encoding)
