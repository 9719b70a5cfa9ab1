from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from tenfold.stack.plan import StackPlan
from tenfold.stack.runner.children import Children
from tenfold.stack.runner.first_page import ask_first_page, describe, first_request, last_traceback
from tenfold.stack.runner.probes import Place
from tenfold.stack.service import Command, Fetches, Service

if TYPE_CHECKING:
    from pathlib import Path

TRACEBACK = [
    "Traceback (most recent call last):",
    '  File "shop/views.py", line 7, in home',
    "    1 / 0",
    "ZeroDivisionError: division by zero",
]
ACCESS = '{"time": "2026-01-01T00:00:00Z", "path": "/", "status": 500}'


def test_the_first_request_is_for_what_a_person_opens() -> None:
    asked = first_request("https://localhost:8443/")
    assert (asked.port, asked.path, asked.host, asked.tls, asked.below) == (8443, "/", "localhost", True, 500)
    assert first_request("http://shop.localhost").port == 80


def test_the_first_request_leaves_no_page_in_the_edges_cache() -> None:
    cookies = first_request("https://localhost:8443/").headers["Cookie"]
    assert cookies, "the edge keeps pages for requests without cookies only"
    assert not cookies.startswith(("_ga", "_gid", "_pk", "__utm")), "those of analytics do not count"


def test_only_the_last_traceback_is_shown_without_the_access_log() -> None:
    older = ["Traceback (most recent call last):", "KeyError: 1"]
    assert last_traceback([*older, "ready", *TRACEBACK, ACCESS]) == TRACEBACK
    assert last_traceback(["ready", ACCESS]) == []
    deep = ["Traceback (most recent call last):", *(f"  frame {n}" for n in range(90)), "KeyError: 1"]
    assert last_traceback(deep)[-1] == "KeyError: 1"
    assert len(last_traceback(deep)) == 12


def test_the_instance_that_failed_is_named_with_what_it_said() -> None:
    lines = describe("https://localhost/", "/ answered 500", {"app-1": [ACCESS], "app-2": TRACEBACK})
    assert lines[0] == "the first request, for https://localhost/, failed: / answered 500"
    assert lines[-2:] == ["  ZeroDivisionError: division by zero", "`tenfold logs app-2` shows the rest."]
    silent = describe("https://localhost/", "/ answered 500", {"app-1": [], "app-2": []})
    assert silent[1:] == ["`tenfold logs app-1` may say why."]


async def ask(folder: Path, status: int) -> list[str]:
    log = folder / "logs/app-1.log"
    log.parent.mkdir(exist_ok=True)
    log.write_text("Traceback (most recent call last):\nKeyError: of an earlier request\n")

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        with log.open("a") as file:
            file.write("\n".join((*TRACEBACK, ACCESS, "")))
        writer.write(f"HTTP/1.1 {status} X\r\nContent-Length: 0\r\n\r\n".encode())
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    app = Service("app-1", "app", "gunicorn", Command(("true",)), Fetches(port=1))
    plan = StackPlan("shop", str(folder), str(folder), url, (app,))
    async with server:
        return await ask_first_page(plan, Place(folder, Children(folder), folder))


def test_a_page_that_fails_is_told_with_its_own_traceback(tmp_path: Path) -> None:
    lines = asyncio.run(ask(tmp_path, 500))
    assert lines[0].endswith("failed: / answered 500")
    assert lines[1:-1] == [f"  {line}" for line in TRACEBACK]


def test_a_page_that_is_not_the_servers_fault_is_nothing_to_tell(tmp_path: Path) -> None:
    assert asyncio.run(ask(tmp_path, 404)) == []
    assert asyncio.run(ask(tmp_path, 302)) == []
