from __future__ import annotations

import asyncio
import functools
import ssl
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tenfold.stack.runner import probes
from tenfold.stack.runner.children import Children
from tenfold.stack.runner.probes import Place, try_probe
from tenfold.stack.service import Answers, Command, Ends, Fetches, Says, Succeeds

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from tenfold.stack.service import Probe

DEEP = "a-rather-long-name-of-a-folder/" * 5


def place_in(folder: Path, since: int = 0) -> Place:
    return Place(folder, Children(folder), folder / "logs/app-1.log", since)


@asynccontextmanager
async def answering(text: str, *, socket: Path | None = None) -> AsyncIterator[tuple[int, list[str]]]:
    """A server that reads one line and answers with `text`; gives its port and what it heard."""
    heard: list[str] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append((await reader.readline()).decode("latin-1"))
        if heard[-1].startswith("GET "):
            heard.append((await reader.readline()).decode("latin-1"))
        writer.write(text.encode("latin-1"))
        writer.close()

    if socket is None:
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
    else:
        with probes.short_path(socket) as path:
            server = await asyncio.start_unix_server(serve, path)
    async with server:
        yield (0 if socket else server.sockets[0].getsockname()[1]), heard


def ask(
    folder: Path, make: Callable[[int], Probe], text: str, *, socket: Path | None = None
) -> tuple[str, list[str]]:
    async def play() -> tuple[str, list[str]]:
        async with answering(text, socket=socket) as (port, heard):
            return await try_probe(make(port), place_in(folder)), heard

    return asyncio.run(play())


def test_a_service_that_answers_as_expected_is_ready(tmp_path: Path) -> None:
    why, heard = ask(tmp_path, lambda port: Answers(port, send="PING\r\n", expect="PONG"), "+PONG\r\n")
    assert (why, heard) == ("", ["PING\r\n"])


def test_another_answer_is_shown(tmp_path: Path) -> None:
    why, _ = ask(tmp_path, lambda port: Answers(port, send="PING\r\n", expect="PONG"), "-LOADING data\r\n")
    assert why == "answered '-LOADING data'"


def test_a_binary_protocol_is_spoken_byte_by_byte(tmp_path: Path) -> None:
    why, heard = ask(tmp_path, lambda port: Answers(port, send="\xce\n", expect="\xcf"), "\xcf")
    assert (why, heard) == ("", ["\xce\n"])


def test_a_closed_port_is_named(tmp_path: Path) -> None:
    why = asyncio.run(try_probe(Answers(1), place_in(tmp_path)))
    assert why == "port 1: Connection refused"


@pytest.mark.parametrize("folder", ["run", DEEP])
def test_sockets_are_reached_however_deep_they_lie(tmp_path: Path, folder: str) -> None:
    (tmp_path / folder).mkdir(parents=True)
    socket = tmp_path / folder / "app-1.sock"
    inside = str(socket.relative_to(tmp_path))
    why, _ = ask(tmp_path, lambda _: Fetches(socket=inside), "HTTP/1.1 404 Not Found\r\n\r\n", socket=socket)
    assert why == ""
    missing = asyncio.run(try_probe(Answers(socket=f"{folder}/gone.sock"), place_in(tmp_path)))
    assert missing.endswith("gone.sock: No such file or directory")


def test_a_request_names_path_and_host(tmp_path: Path) -> None:
    ports: list[int] = []

    def make(port: int) -> Fetches:
        ports.append(port)
        return Fetches(port, path="/health", host="shop.example")

    why, heard = ask(tmp_path, make, "HTTP/1.1 200 OK\r\n\r\n")
    # A port that is not the scheme's own belongs to the host: servers against rebinding compare it.
    assert (why, heard) == ("", ["GET /health HTTP/1.1\r\n", f"Host: shop.example:{ports[0]}\r\n"])


@pytest.mark.parametrize(("below", "why"), [(600, ""), (500, "/ answered 502")])
def test_a_status_is_judged_by_its_limit(tmp_path: Path, below: int, why: str) -> None:
    told, _ = ask(tmp_path, lambda port: Fetches(port, below=below), "HTTP/1.1 502 Bad Gateway\r\n\r\n")
    assert told == why


@pytest.mark.parametrize("text", ["SSH-2.0-OpenSSH\r\n", "", "HTTP/1.1 soon\r\n"])
def test_what_does_not_speak_http_is_not_ready(tmp_path: Path, text: str) -> None:
    told, _ = ask(tmp_path, lambda port: Fetches(port), text)
    assert told.endswith("which is not HTTP")


def test_plain_text_behind_a_tls_port_is_told(tmp_path: Path) -> None:
    told, _ = ask(tmp_path, lambda port: Fetches(port, tls=True), "HTTP/1.1 400 Bad Request\r\n\r\n")
    assert told.startswith("TLS: ")


def test_any_certificate_will_do() -> None:
    context = probes._trust_anyone()
    assert context.verify_mode == ssl.CERT_NONE
    assert not context.check_hostname


def test_a_connection_to_itself_is_no_service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # As the kernel does by chance where a port of its own range is asked for.
    port = 45_123
    connect = functools.partial(asyncio.open_connection, local_addr=("127.0.0.1", port))
    monkeypatch.setattr(probes.asyncio, "open_connection", connect)  # type: ignore[attr-defined]
    told = asyncio.run(try_probe(Answers(port), place_in(tmp_path)))
    assert told.startswith(f"port {port}: ")


def test_only_what_it_said_since_its_start_counts(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs/app-1.log").write_text("ready\n")
    assert asyncio.run(try_probe(Says("ready"), place_in(tmp_path))) == ""
    told = asyncio.run(try_probe(Says("ready"), place_in(tmp_path, since=6)))
    assert told == "has not said 'ready'"


@pytest.mark.parametrize(
    ("words", "expect", "why"),
    [
        (("echo", "1"), "1", ""),
        (("true",), "", ""),
        (("sh", "-c", "echo starting up >&2; exit 2"), "", "starting up"),
        (("echo", "0"), "1", "0"),
        (("false",), "", "ended with code 1"),
        (("/nowhere/psql",), "", "the probe: No such file or directory"),
    ],
)
def test_a_command_tells_by_code_and_output(
    tmp_path: Path, words: tuple[str, ...], expect: str, why: str
) -> None:
    assert asyncio.run(try_probe(Succeeds(Command(words), expect), place_in(tmp_path))) == why


def test_an_attempt_that_hangs_is_given_up_and_leaves_nothing(tmp_path: Path) -> None:
    words = ("sh", "-c", f"echo $$ > {tmp_path}/pid; exec sleep 1000")
    told = asyncio.run(try_probe(Succeeds(Command(words)), place_in(tmp_path), seconds=0.05))
    assert told == "no answer within 0.05 s"
    pid = tmp_path / "pid"
    assert not pid.exists() or not Path(f"/proc/{pid.read_text().strip()}").exists()


def test_a_silent_port_is_given_up(tmp_path: Path) -> None:
    async def play() -> str:
        held: list[asyncio.StreamWriter] = []
        server = await asyncio.start_server(lambda _, writer: held.append(writer), "127.0.0.1", 0)
        async with server:
            port = server.sockets[0].getsockname()[1]
            told = await try_probe(Answers(port, expect="220"), place_in(tmp_path), seconds=0.05)
            for writer in held:
                writer.transport.abort()
            await asyncio.sleep(0)  # an aborted connection is closed in the loop's next round
            return told

    assert asyncio.run(play()) == "no answer within 0.05 s"


def test_a_command_that_ends_has_no_probe_of_its_own(tmp_path: Path) -> None:
    assert asyncio.run(try_probe(Ends(), place_in(tmp_path))) == "it has not ended"


def test_an_answer_of_a_server_that_still_loads_is_not_waited_on(tmp_path: Path) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        writer.write(b"-LOADING data\r\n")
        await reader.read()  # until the prober goes: the connection stays open
        writer.close()
        await writer.wait_closed()
        gone.set()

    gone = asyncio.Event()

    async def play() -> str:
        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        async with server:
            port = server.sockets[0].getsockname()[1]
            told = await try_probe(Answers(port, send="PING\r\n", expect="PONG"), place_in(tmp_path))
            await gone.wait()
            return told

    assert asyncio.run(play()) == "answered '-LOADING data'"
