"""RabbitMQ as a broker: everything it has lies in the stack's folder, and nothing of it outlives the stack.

RabbitMQ starts Erlang's port mapper (epmd) as a daemon where none answers, and leaves it behind: the stack
runs one of its own, on a port of its own. https://www.rabbitmq.com/docs/networking
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from tenfold.stack.addresses import LOOPBACK, USER
from tenfold.stack.service import Answers, BinaryNeed, Command, File, Service
from tenfold.stack.services.broker.amqp import render_farewell, render_visit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenfold.stack.service import Binary
    from tenfold.stack.site import Site

RABBITMQ = BinaryNeed(
    name="rabbitmq",
    # Debian's /usr/sbin has a wrapper that is for root and the user rabbitmq alone; the program stands here.
    programs=("/usr/lib/rabbitmq/bin/rabbitmq-server", "rabbitmq-server"),
    package="rabbitmq-server",
    # Erlang's version: the server knows no such option, and rabbitmqctl leaves a daemon behind.
    version=("+V",),
    companions=("rabbitmqctl",),
    without="Valkey",
)
LEAST_MEMORY = 256
"""MiB: an idle RabbitMQ takes 115 to 140."""


def rabbitmq_ports() -> tuple[str, ...]:
    """Beside the broker's own: Erlang's port mapper, and where the node's command line tools reach it."""
    return ("epmd", "broker-node")


def plan_rabbitmq(site: Site, binary: Binary, *, memory: int) -> Iterator[Service]:
    """Erlang's port mapper and RabbitMQ, which may take `memory` MiB."""
    mapper = site.ports["epmd"]
    yield Service(
        name="epmd",
        kind="broker",
        title="Erlang's port mapper, for RabbitMQ",
        command=Command(("epmd", "-address", LOOPBACK, "-port", str(mapper))),
        # Asks for the names that it knows: a connection without a question is complained of in its log.
        ready=Answers(port=mapper, send="\x00\x01n"),
        address=f"{LOOPBACK}:{mapper}",
    )
    environment = node_environment(site)
    address, definitions = f"{LOOPBACK}:{site.ports['broker']}", "etc/broker/definitions.json"
    settings = render_rabbitmq(address=address, memory=memory, definitions=site.path(definitions))
    yield Service(
        name="broker",
        kind="broker",
        title=f"RabbitMQ {read_release(binary.path)}".rstrip(),
        command=Command((binary.path,), environment),
        ready=Answers(
            port=site.ports["broker"],
            send=render_visit(USER, site.secrets["broker"]),
            expect=render_farewell(),
        ),
        needs=("epmd",),
        files=(
            File("etc/broker/rabbitmq.conf", settings),
            File("etc/broker/enabled_plugins", "[].\n"),
            File(definitions, render_definitions(site.secrets["broker"]), mode=0o600),
        ),
        folders=("etc/broker", "data/broker", "run"),
        address=address,
        binary=binary,
        stop_seconds=30.0,
        # Erlang on two busy cores took 16 s.
        start_seconds=120.0,
        sockets=("run/rabbitmq.pid",),
        shell=Command(
            (f"{binary.folder}/rabbitmqctl", "list_queues", "name", "messages", "consumers"), environment
        ),
    )


def read_release(path: str) -> str:
    """ "3.10.8" of ".../rabbitmq_server-3.10.8/sbin/rabbitmq-server", "" for another layout."""
    found = re.search(r"rabbitmq_server-([\d.]+)/", path)
    return found[1] if found else ""


def node_environment(site: Site) -> dict[str, str]:
    """What makes a node keep to the stack's folder and ports.
    https://www.rabbitmq.com/docs/configure#supported-environment-variables"""
    return {
        # Its data are filed under this name; it need not be another stack's, since the port mapper is not.
        "RABBITMQ_NODENAME": "tenfold@localhost",
        "RABBITMQ_CONFIG_FILE": site.path("etc/broker/rabbitmq.conf"),
        "RABBITMQ_CONF_ENV_FILE": "/dev/null",  # not the machine's own
        "RABBITMQ_ENABLED_PLUGINS_FILE": site.path("etc/broker/enabled_plugins"),
        "RABBITMQ_MNESIA_BASE": site.path("data/broker"),
        "RABBITMQ_LOG_BASE": site.path("data/broker/log"),
        "RABBITMQ_LOGS": "-",
        "RABBITMQ_PID_FILE": site.path("run/rabbitmq.pid"),
        "RABBITMQ_DIST_PORT": str(site.ports["broker-node"]),
        "ERL_EPMD_PORT": str(site.ports["epmd"]),
        "ERL_EPMD_ADDRESS": LOOPBACK,
        "HOME": site.path("data/broker"),  # the node's cookie
    }


def render_rabbitmq(*, address: str, memory: int, definitions: str) -> str:
    """rabbitmq.conf; `address` is host and port, `memory` MiB, `definitions` the path of `render_definitions`."""
    return "\n".join(
        (
            "# Written by tenfold: changed here, it is lost at the next start.",
            f"listeners.tcp.local = {address}",
            f"vm_memory_high_watermark.absolute = {max(LEAST_MEMORY, memory)}MiB",
            "disk_free_limit.absolute = 256MB",
            "log.console = true",
            "log.console.level = warning",
            "log.file = false",
            # Read at every start, so that the user's password is that of the secrets.
            f"load_definitions = {definitions}",
            "",
        )
    )


def render_definitions(password: str) -> str:
    """The application's user, who may do everything in the one virtual host."""
    every = {"configure": ".*", "write": ".*", "read": ".*"}
    return json.dumps(
        {
            "users": [{"name": USER, "password": password, "tags": "administrator"}],
            "vhosts": [{"name": "/"}],
            "permissions": [{"user": USER, "vhost": "/", **every}],
        },
        indent=1,
    )
