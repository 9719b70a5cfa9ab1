"""Connections of redis-py, opened and greeted by it, used for questions and answers that are plain bytes."""

from __future__ import annotations

import asyncio
import weakref
from collections import deque
from typing import TYPE_CHECKING, Any

from redis import ConnectionError as LostError
from redis import TimeoutError as SlowError

from django_tenfold.cache.settings import options
from django_tenfold.cache.version_checks import CHUNK, find_end

if TYPE_CHECKING:
    from django_tenfold.cache.version_checks import VersionCheck


def confirm(connection: Any, check: VersionCheck) -> bool:
    """With a connection that nobody else uses now. Raises LostError, SlowError.

    An idle connection that the server closed is opened once more. After anything unexpected it is closed: an
    answer that comes late must not be taken for that to another question.
    """
    try:
        return _talk(connection, check)
    except LostError:
        return _talk(connection, check)


def _talk(connection: Any, check: VersionCheck) -> bool:
    if connection._sock is None:
        connection.connect()
    socket = connection._sock
    try:
        socket.sendall(check.command)
        told = socket.recv(CHUNK)
        if told.endswith(b"\r\n") and check.is_confirmed_by(told):
            return True
        while find_end(told) != len(told):
            more = socket.recv(CHUNK)
            if not more:
                raise LostError("Connection closed by server.")
            told += more
        return check.is_confirmed_by(told)
    except BaseException as error:
        connection.disconnect()
        if isinstance(error, TimeoutError):
            raise SlowError("Timeout reading from socket.") from error
        if isinstance(error, OSError | ValueError):
            raise LostError(str(error)) from error
        raise


class Link(asyncio.Protocol):
    """One connection of an event loop: all its coroutines ask along it, answers come in their order."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection  # it holds the streams that would close the transport when they go
        self._transport: Any = connection._writer.transport
        self._before = self._transport.get_protocol()
        self._loop = asyncio.get_running_loop()
        self._waiting: deque[tuple[VersionCheck, asyncio.Future[bool], float]] = deque()
        self._rest = b""
        self._timer: asyncio.TimerHandle | None = None
        self._seconds = float(connection.socket_timeout or options().timeout_seconds)
        self.is_open = True
        self._transport.set_protocol(self)

    def ask(self, check: VersionCheck) -> asyncio.Future[bool]:
        """Its error is LostError or SlowError."""
        future = self._loop.create_future()
        self._waiting.append((check, future, self._loop.time()))
        self._transport.write(check.command)
        if self._timer is None:
            self._timer = self._loop.call_later(self._seconds, self._look)
        return future

    def data_received(self, data: bytes) -> None:
        told, place = self._rest + data if self._rest else data, 0
        waiting = self._waiting
        try:
            while place < len(told):
                end = find_end(told, place)
                if end < 0:
                    break
                check, future, _ = waiting.popleft()
                if not future.done():  # who asked may have gone
                    future.set_result(check.is_confirmed_by(told[place:end]))
                place = end
        except (ValueError, IndexError) as error:  # an error of the server; an answer that nobody asked for
            self.close(LostError(f"{error}: {told[place : place + 60]!r}"))
            return
        self._rest = told[place:]

    def connection_lost(self, error: Exception | None) -> None:
        self.close(LostError(str(error or "Connection closed by server.")))
        self._before.connection_lost(error)  # streams of redis-py wait for that

    def close(self, error: Exception | None = None) -> None:
        self.is_open = False
        self._transport.close()
        self._connection._reader = self._connection._writer = (
            None  # it is told to be closed, as by its own close
        )
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        while self._waiting:
            future = self._waiting.popleft()[1]
            if not future.done():
                future.set_exception(error or LostError("The connection is closed."))

    def _look(self) -> None:
        """One timer for all who wait."""
        self._timer = None
        if not self._waiting:
            return
        left = self._waiting[0][2] + self._seconds - self._loop.time()
        if left <= 0:
            self.close(SlowError("Timeout reading from socket."))
        else:
            self._timer = self._loop.call_later(left, self._look)


class Links:
    """One for each running event loop."""

    def __init__(self, clients: Any) -> None:
        self._clients = clients
        self._links: weakref.WeakKeyDictionary[Any, Link] = weakref.WeakKeyDictionary()
        self._opening: weakref.WeakKeyDictionary[Any, asyncio.Lock] = weakref.WeakKeyDictionary()

    async def confirm(self, check: VersionCheck) -> bool:
        """Raises LostError, SlowError and what opening a connection raises."""
        link = self._links.get(asyncio.get_running_loop())
        if link is not None and link.is_open:
            try:
                return await link.ask(check)
            except LostError:  # the server closed it meanwhile, or restarted: once more, on a new one
                link.close()
        return await (await self._open()).ask(check)

    async def aclose(self) -> None:
        """That of the running loop."""
        link = self._links.pop(asyncio.get_running_loop(), None)
        if link is not None:
            link.close()
            await asyncio.sleep(0)  # the transport ends in the loop's next turn

    async def _open(self) -> Link:
        loop = asyncio.get_running_loop()
        async with self._opening.setdefault(loop, asyncio.Lock()):
            link = self._links.get(loop)
            if link is None or not link.is_open:
                connection = self._clients.get().connection_pool.make_connection()
                await connection.connect()
                link = self._links[loop] = Link(connection)
            return link
