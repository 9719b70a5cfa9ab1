"""The exporters that stand beside Prometheus: which are planned, with what command lines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

from tenfold.stack.addresses import LOOPBACK, USER, database_host
from tenfold.stack.service import BinaryNeed, Command
from tenfold.stack.services.edge.config import STATUS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenfold.stack.site import Site

ASIDE = "its figures are missing"


def _need(name: str) -> BinaryNeed:
    program = f"prometheus-{name}"
    # Upstream's releases go by the bare name.
    bare = {"nginx-exporter": "nginx-prometheus-exporter"}.get(name, name.replace("-", "_"))
    return BinaryNeed(name=name, programs=(program, bare), package=program, without=ASIDE)


NEEDS = tuple(
    _need(name) for name in ("node-exporter", "postgres-exporter", "redis-exporter", "nginx-exporter")
)


@dataclass(frozen=True, slots=True)
class Exporter:
    """One exporter's process."""

    job: str
    """The job's name in Prometheus; the service and the port are "metrics-" and it."""
    program: str
    """The name of its binary, "" for Tenfold's own."""
    command: Command
    needs: tuple[str, ...] = ()


JOBS = ("edge", "nginx", "node", "postgres", "cache", "broker")


def port_name(job: str) -> str:
    """ "metrics-edge"."""
    return f"metrics-{job}"


def list_exporters(site: Site) -> Iterator[Exporter]:
    """Those whose program was found and whose subject runs."""
    yield Exporter("edge", "", _edge(site), ("edge",))
    nginx = site.binaries.get("nginx")
    if nginx and "stub_status" not in nginx.lacks:
        status = f"http://{LOOPBACK}:{site.ports['http']}{STATUS}"
        words = (f"-nginx.scrape-uri={status}", f"-web.listen-address={_address(site, 'nginx')}")
        yield from _found(site, "nginx", "nginx-exporter", Command(words), ("edge",))
    listen = f"--web.listen-address={_address(site, 'node')}"
    yield from _found(site, "node", "node-exporter", Command((listen,)))
    if site.config.database != "keep" and not site.keep_database:
        yield from _found(site, "postgres", "postgres-exporter", _postgres(site), ("postgres",))
    if site.config.cache == "valkey":
        yield from _found(site, "cache", "redis-exporter", _redis(site, "cache"), ("cache",))
    if site.shape.celery and site.config.broker == "valkey":
        yield from _found(site, "broker", "redis-exporter", _redis(site, "broker"), ("broker",))


def _found(
    site: Site, job: str, program: str, command: Command, needs: tuple[str, ...] = ()
) -> Iterator[Exporter]:
    if binary := site.binaries.get(program):
        yield Exporter(job, program, Command((binary.path, *command.words), command.environment), needs)


def _address(site: Site, job: str) -> str:
    return f"{LOOPBACK}:{site.ports[port_name(job)]}"


def _edge(site: Site) -> Command:
    return Command(
        (
            *(site.tool, "-m", "tenfold.stack.runner.edge_metrics"),
            *("--log", site.path("logs/edge-access.log")),
            *("--certificate", site.path("etc/edge/certificate.pem")),
            *("--port", str(site.ports[port_name("edge")])),
        )
    )


def _postgres(site: Site) -> Command:
    """The password is in the environment: every user of the machine reads command lines."""
    names = [
        "postgres",
        *(name for name in site.ports if name.startswith("replica-") and _replicas(site, name)),
    ]
    sources = ",".join(_source(site, name) for name in names)
    words = (f"--web.listen-address={_address(site, 'postgres')}", "--log.level=error")
    return Command(words, {"DATA_SOURCE_NAME": sources})


def _replicas(site: Site, name: str) -> bool:
    number = int(name.removeprefix("replica-"))
    return number <= site.topology.work.replicas and "replica" not in site.config.without


def _source(site: Site, name: str) -> str:
    if site.sockets:
        host = quote(database_host(site), safe="")
        return f"postgresql://{USER}@:{site.ports[name]}/app?host={host}&sslmode=disable"
    password = site.secrets["database"]
    return f"postgresql://{USER}:{password}@{LOOPBACK}:{site.ports[name]}/app?sslmode=disable"


def _redis(site: Site, name: str) -> Command:
    queues = ",".join(f"db0={queue}" for queue in site.shape.queues or ("celery",))
    words = [
        f"-redis.addr=redis://{LOOPBACK}:{site.ports[name]}",
        f"-web.listen-address={_address(site, name)}",
    ]
    if name == "broker":
        words.append(f"-check-single-keys={queues}")
    return Command(tuple(words))
