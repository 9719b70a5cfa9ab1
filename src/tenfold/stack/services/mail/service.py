"""The mail sink: an SMTP server that keeps what the project sends in .tenfold/mail and shows it in a browser."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tenfold.stack.addresses import LOOPBACK
from tenfold.stack.service import Command, Fetches, Service

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenfold.stack.service import BinaryNeed
    from tenfold.stack.site import Site, Wanted

NEEDS: tuple[BinaryNeed, ...] = ()
FOLDER = "mail"


def ports(wanted: Wanted) -> tuple[str, ...]:
    """SMTP, and the page that shows the messages."""
    return () if "mail" in wanted.config.without else ("mail", "mail-web")


def plan(site: Site) -> Iterator[Service]:
    """Nothing when the configuration leaves it out."""
    if "mail" in site.config.without:
        return
    smtp, web = site.ports["mail"], site.ports["mail-web"]
    yield Service(
        name="mail",
        kind="mail",
        title="mail sink",
        command=Command(
            (
                *(site.tool, "-m", "tenfold.stack.runner.mail_sink"),
                *("--smtp", str(smtp), "--web", str(web), "--folder", site.path(FOLDER)),
            )
        ),
        ready=Fetches(port=web, path="/health", below=300),
        folders=(FOLDER,),
        address=f"smtp://{LOOPBACK}:{smtp}, http://{LOOPBACK}:{web}/",
        essential=False,
    )
