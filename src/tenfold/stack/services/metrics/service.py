"""The metrics: Prometheus, the exporters that are found, and alert rules with the topology's own limits. The
configuration asks for it (`services = ["metrics"]`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tenfold.stack.addresses import LOOPBACK
from tenfold.stack.service import BinaryNeed, Command, Fetches, File, Service
from tenfold.stack.services.metrics.exporters import JOBS, list_exporters, port_name
from tenfold.stack.services.metrics.exporters import NEEDS as EXPORTERS
from tenfold.stack.services.metrics.rules import Target, limits_of, render_prometheus, render_rules

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenfold.stack.services.metrics.exporters import Exporter
    from tenfold.stack.site import Site, Wanted

NEEDS: tuple[BinaryNeed, ...] = (
    BinaryNeed(
        name="prometheus",
        programs=("prometheus",),
        package="prometheus",
        without="no metrics; the access log and `tenfold status` remain",
    ),
    *EXPORTERS,
)
FOLDER = "etc/metrics"
TOKEN = f"{FOLDER}/token"
KEPT = ("7d", "1GB")
"""How long, and how much at most."""


def ports(wanted: Wanted) -> tuple[str, ...]:
    """Prometheus, and each exporter that there may be."""
    if "metrics" not in wanted.config.services:
        return ()
    return ("metrics", *(port_name(job) for job in JOBS))


def plan(site: Site) -> Iterator[Service]:
    """Nothing unless it is asked for and Prometheus is found. None of them is essential."""
    binary = site.binaries.get("prometheus")
    if "metrics" not in site.config.services or binary is None:
        return
    exporters = tuple(list_exporters(site))
    address = f"{LOOPBACK}:{site.ports['metrics']}"
    targets = [Target("prometheus", address)]
    targets += [Target(one.job, f"{LOOPBACK}:{site.ports[port_name(one.job)]}") for one in exporters]
    own = site.shape.inspected.counts_itself
    if own:
        # Any instance tells of all: they share a folder. It is asked through the edge, as everything is.
        address_of_edge = f"{LOOPBACK}:{site.ports['https']}"
        targets.append(Target("app", address_of_edge, token_file=site.path(TOKEN)))
    yield from (_exporter(site, one) for one in exporters)
    yield Service(
        name="metrics",
        kind="metrics",
        title=f"Prometheus {binary.version}".rstrip(),
        command=Command(
            (
                *(binary.path, f"--config.file={site.path(f'{FOLDER}/prometheus.yml')}"),
                *(f"--storage.tsdb.path={site.path('data/metrics')}", f"--web.listen-address={address}"),
                *(f"--storage.tsdb.retention.time={KEPT[0]}", f"--storage.tsdb.retention.size={KEPT[1]}"),
                "--log.level=warn",
            )
        ),
        ready=Fetches(port=site.ports["metrics"], path="/-/ready", below=300),
        files=(
            File(
                f"{FOLDER}/prometheus.yml", render_prometheus(targets, rules=site.path(f"{FOLDER}/rules.yml"))
            ),
            File(f"{FOLDER}/rules.yml", render_rules(limits_of(site.topology, lag=site.lag))),
            *([File(TOKEN, site.secrets["metrics"], mode=0o600)] if own else ()),
        ),
        folders=(FOLDER, "data/metrics"),
        address=f"http://{address}/",
        binary=binary,
        reload_signal="HUP",
        essential=False,
    )


def _exporter(site: Site, one: Exporter) -> Service:
    port = site.ports[port_name(one.job)]
    binary = site.binaries.get(one.program)
    return Service(
        name=port_name(one.job),
        kind="metrics",
        title=f"{one.program} {binary.version}".rstrip() if binary else "figures out of the edge's log",
        command=one.command,
        ready=Fetches(port=port, path="/metrics", below=300),
        needs=one.needs,
        folders=("logs",),
        address=f"{LOOPBACK}:{port}",
        binary=binary,
        essential=False,
    )
