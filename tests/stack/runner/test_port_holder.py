from __future__ import annotations

import os
import socket
from pathlib import Path

from tenfold.stack.runner.port_holder import find_holder

ROW = "   0: 0100007F:{port:04X} 00000000:0000 {state} 00000000:00000000 00:00000000 00000000 0 0 {inode} 1\n"


def make_proc(proc: Path, *, state: str = "0A", stack: str = "") -> Path:
    (proc / "net").mkdir(parents=True)
    (proc / "net/tcp").write_text("  sl  local_address\n" + ROW.format(port=8443, state=state, inode=99))
    for pid, inode in (("12", 50), ("7", 99)):
        (proc / pid / "fd").mkdir(parents=True)
        (proc / pid / "fd/4").symlink_to(f"socket:[{inode}]")
        (proc / pid / "comm").write_text("nginx\n")
        (proc / pid / "environ").write_bytes(f"A=1\0TENFOLD_STACK={stack}\0".encode() if stack else b"A=1\0")
    return proc


def test_the_process_that_listens_is_named(tmp_path: Path) -> None:
    assert find_holder(8443, proc=make_proc(tmp_path)) == "nginx (process 7)"


def test_a_process_of_another_stack_is_named_with_its_project(tmp_path: Path) -> None:
    proc = make_proc(tmp_path, stack="/srv/shop/.tenfold")
    assert find_holder(8443, proc=proc) == "nginx (process 7, of the stack in /srv/shop)"


def test_a_connection_is_no_holder_of_the_port(tmp_path: Path) -> None:
    assert find_holder(8443, proc=make_proc(tmp_path, state="01")) == "another process"


def test_what_may_not_be_read_is_of_another_user(tmp_path: Path) -> None:
    proc = make_proc(tmp_path)
    (proc / "7/fd/4").unlink()
    assert find_holder(8443, proc=proc) == "a process of another user"


def test_a_system_without_tables_says_another_process(tmp_path: Path) -> None:
    assert find_holder(8443, proc=tmp_path) == "another process"


def test_the_kernel_tells_of_a_real_listener() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        found = find_holder(server.getsockname()[1])
    if Path("/proc/net/tcp").exists():
        assert f"process {os.getpid()}" in found
