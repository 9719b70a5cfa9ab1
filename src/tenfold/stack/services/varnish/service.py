"""Varnish between the edge and the application: public pages out of memory, for seconds, whatever cookies
analytics left. The configuration asks for it (`services = ["varnish"]`), and it stands aside when absent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tenfold.stack.addresses import LOOPBACK, app_names
from tenfold.stack.service import BinaryNeed, Command, Fetches, File, Service
from tenfold.stack.services.varnish.vcl import HEALTH, Backend, VclConfig, render_vcl

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenfold.stack.site import Site, Wanted

NEEDS: tuple[BinaryNeed, ...] = (
    BinaryNeed(
        name="varnish",
        programs=("varnishd",),
        package="varnish",
        version=("-V",),
        without="the edge's own cache of public pages",
        least="6.0",
    ),
)
SOCKET = "run/varnish.sock"
THREADS = 20
"""Kept ready in each of two pools; Varnish's 100 are for a machine of its own."""


def ports(wanted: Wanted) -> tuple[str, ...]:
    """One, used only where Unix sockets have no room for their path."""
    return ("varnish",) if "varnish" in wanted.config.services else ()


def has_varnish(site: Site) -> bool:
    """Whether it stands between edge and application: asked for, and found."""
    return "varnish" in site.config.services and "varnish" in site.binaries


def varnish_backend(site: Site) -> str:
    """Where it listens, as nginx writes a server of an upstream."""
    return f"unix:{SOCKET}" if site.sockets else f"{LOOPBACK}:{site.ports['varnish']}"


def plan(site: Site) -> Iterator[Service]:
    """Nothing unless it is asked for and found."""
    if not has_varnish(site):
        return
    binary = site.binaries["varnish"]
    listen = f"{site.path(SOCKET)},mode=600" if site.sockets else f"{LOOPBACK}:{site.ports['varnish']}"
    memory = site.topology.edge.page_cache.whole
    yield Service(
        name="varnish",
        kind="varnish",
        title=f"Varnish {binary.version}".rstrip(),
        command=Command(
            (
                *(binary.path, "-F", "-a", listen, "-f", site.path("etc/varnish/varnish.vcl")),
                *("-n", site.path("data/varnish"), "-s", f"malloc,{memory}m", "-T", "none", "-j", "none"),
                *("-p", f"thread_pool_min={THREADS}"),
            )
        ),
        ready=Fetches(
            port=0 if site.sockets else site.ports["varnish"],
            socket=SOCKET if site.sockets else "",
            path=HEALTH,
            below=300,
        ),
        needs=app_names(site),
        files=(File("etc/varnish/varnish.vcl", render_vcl(vcl_config(site))),),
        folders=("run", "etc/varnish", "data/varnish"),
        address=SOCKET if site.sockets else f"{LOOPBACK}:{site.ports['varnish']}",
        binary=binary,
        sockets=(SOCKET,) if site.sockets else (),
        open_files=site.topology.edge.open_files.whole,
    )


def vcl_config(site: Site) -> VclConfig:
    """Varnish of a stack that runs here."""
    return VclConfig(
        backends=tuple(_backend(site, name) for name in app_names(site)),
        first_byte_seconds=site.topology.timeouts.edge.seconds,
    )


def _backend(site: Site, name: str) -> Backend:
    if site.sockets:
        return Backend(path=site.path(f"run/{name}.sock"))
    return Backend(host=LOOPBACK, port=site.ports[name])
