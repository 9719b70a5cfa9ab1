"""The dashboard: flower shows workers, queues and tasks, on this machine only and behind a password."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tenfold.stack.addresses import LOOPBACK, USER
from tenfold.stack.overlay.commands import CELERY, project_command
from tenfold.stack.presence import backing_services, has_dashboard, prepared_by
from tenfold.stack.service import Command, Fetches, Service

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenfold.stack.service import BinaryNeed
    from tenfold.stack.site import Site, Wanted

NEEDS: tuple[BinaryNeed, ...] = ()
FOLDER = "data/dashboard"


def ports(wanted: Wanted) -> tuple[str, ...]:
    """ "dashboard" where there will be one."""
    return ("dashboard",) if has_dashboard(wanted.config, wanted.shape) else ()


def plan(site: Site) -> Iterator[Service]:
    """flower, where the configuration asks for it or the project has it."""
    if not has_dashboard(site.config, site.shape):
        return
    port = site.ports["dashboard"]
    made = project_command(site, "celery", "-A", CELERY, *dashboard_words(port), role="command")
    given = {"FLOWER_BASIC_AUTH": f"{USER}:{site.secrets['dashboard']}"}
    yield Service(
        name="dashboard",
        kind="dashboard",
        title="flower",
        command=Command(made.words, {**made.environment, **given}, made.folder),
        ready=Fetches(port=port, path="/healthcheck"),
        needs=(*backing_services(site), *prepared_by(site)),
        folders=(FOLDER,),
        address=f"http://{LOOPBACK}:{port}/",
        essential=False,
    )


def dashboard_words(port: int, *, address: str = LOOPBACK) -> tuple[str, ...]:
    """After `celery -A APP`. The password stands in the environment: command lines are read by everybody."""
    return ("flower", f"--address={address}", f"--port={port}", "--max-tasks=10000")
