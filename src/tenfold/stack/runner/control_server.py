"""Answers the verbs about a running stack over its Unix socket: one JSON object a line, one in answer.

`control_client` is the other end and describes the requests.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from tenfold.errors import TenfoldError
from tenfold.stack.runner.control_client import SOCKET
from tenfold.stack.runner.events import KillAsked, ReloadAsked, RestartAsked, StopAsked
from tenfold.stack.runner.status import encode_status
from tenfold.stack.runner.unix_path import short_path
from tenfold.stack.services.postgres.clients import lag_file, render_lag

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path

    from tenfold.stack.runner.events import Event
    from tenfold.stack.runner.status import StackStatus
    from tenfold.stack.runner.supervisor import Supervisor
    from tenfold.stack.service import Service

LONGEST = 65_536
"""Bytes of a request."""


@dataclass(frozen=True)
class Desk:
    """Where requests are taken: what they may see, and where what they ask for goes."""

    supervisor: Supervisor
    status: Callable[[], StackStatus]
    post: Callable[[Event], None]
    handled: Callable[[], Awaitable[None]]
    """Waits until what was posted is carried out, or at least begun: "ok" means that."""

    def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        """The answer to one request. Raises TenfoldError for one that cannot be met."""
        verbs = {
            "status": self._status,
            "down": self._stop,
            "stop": self._stop,
            "restart": self._restart,
            "kill": self._kill,
            "lag": self._lag,
        }
        verb = verbs.get(str(request.get("verb")))
        if verb is None:
            known = ", ".join(sorted(verbs))
            raise TenfoldError(f"The stack knows no verb {request.get('verb')!r}.", why=f"It knows {known}.")
        return verb(request)

    def _status(self, request: dict[str, Any]) -> dict[str, Any]:
        return encode_status(self.status())

    def _stop(self, request: dict[str, Any]) -> dict[str, Any]:
        self.post(StopAsked(hard=bool(request.get("hard", False)), why="asked to"))
        return {"pid": os.getpid()}

    def _restart(self, request: dict[str, Any]) -> dict[str, Any]:
        asked = request.get("names") or [request.get("name")]
        names = tuple(name for one in asked for name in self._find(one))
        self._refuse_while_stopping()
        self.post(RestartAsked(names))
        return {"names": list(names)}

    def _kill(self, request: dict[str, Any]) -> dict[str, Any]:
        word = str(request.get("signal", "KILL")).upper().removeprefix("SIG")
        if word not in {one.name.removeprefix("SIG") for one in signal.Signals}:
            raise TenfoldError(f"There is no signal {word}.")
        names = self._find(request.get("name"))
        idle = [name for name in names if not self.supervisor.lives[name].pid]
        if idle:
            state = self.supervisor.lives[idle[0]].state
            raise TenfoldError(f"{idle[0]} does not run.", why=f"It is {state}.")
        for name in names:
            self.post(KillAsked(name, word))
        return {"pid": self.supervisor.lives[names[0]].pid, "names": list(names)}

    def _lag(self, request: dict[str, Any]) -> dict[str, Any]:
        seconds = request.get("seconds")
        if not isinstance(seconds, int | float) or isinstance(seconds, bool) or seconds < 0:
            raise TenfoldError(f"{seconds!r} is no lag.", next_step="Give seconds, 0 or more.")
        services = [life.service for life in self.supervisor.lives.values()]
        late = [(one, made) for one in services if (made := set_lag(one, seconds)) is not None]
        if not late:
            raise TenfoldError("The stack has no replica that could lag.")
        self._refuse_while_stopping()
        for _, made in late:
            self.post(ReloadAsked(made))
        return {"names": [one.name for one, _ in late]}

    def _find(self, name: object) -> tuple[str, ...]:
        names = self.supervisor.named(str(name))
        if not names:
            known = ", ".join(self.supervisor.lives)
            raise TenfoldError(f'The stack has no service "{name}".', next_step=f"Services: {known}.")
        return names

    def _refuse_while_stopping(self) -> None:
        if self.supervisor.stopping:
            raise TenfoldError("The stack is stopping.", next_step="`tenfold up` starts it again.")


def set_lag(service: Service, seconds: float) -> Service | None:
    """The replica as it applies so much later; None for what is no replica."""
    path = lag_file(service.name)
    if all(file.path != path for file in service.files):
        return None
    text = render_lag(seconds)
    changed = tuple(replace(file, text=text) if file.path == path else file for file in service.files)
    return replace(service, files=changed)


@asynccontextmanager
async def serve_control(folder: Path, desk: Desk) -> AsyncIterator[None]:
    """Listen while the `with` lasts. The socket is for its owner alone: its folder is."""
    path = folder / SOCKET
    path.unlink(missing_ok=True)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _serve_one(reader, writer, desk)

    with short_path(path) as short:
        server = await asyncio.start_unix_server(serve, short, limit=LONGEST)
    path.chmod(0o600)
    try:
        yield
    finally:
        server.close()
        path.unlink(missing_ok=True)


async def _serve_one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, desk: Desk) -> None:
    try:
        while line := await reader.readline():
            answer = _answer(line, desk)
            await desk.handled()
            writer.write(json.dumps(answer).encode() + b"\n")
            await writer.drain()
    except (ConnectionError, ValueError):
        writer.transport.abort()  # it went away, or its line has no end
    finally:
        writer.close()


def _answer(line: bytes, desk: Desk) -> dict[str, Any]:
    try:
        request = json.loads(line)
        if not isinstance(request, dict):
            raise TenfoldError("A request is a JSON object.")
        return {"ok": True, **desk.answer(request)}
    except ValueError as error:
        return {"ok": False, "what": "The request cannot be read.", "why": str(error), "next_step": ""}
    except TenfoldError as error:
        return {"ok": False, "what": error.what, "why": error.why, "next_step": error.next_step}
