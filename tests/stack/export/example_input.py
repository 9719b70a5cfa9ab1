"""An export's input for tests: a shop with Celery and a schedule, and a plain one without."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tenfold.config import UpConfig
from tenfold.stack.export.input import ExportInput, Packaging, Paths, Variable
from tenfold.topology.model import Machine, Work
from tenfold.topology.sizing import size

if TYPE_CHECKING:
    from tenfold.topology.model import Topology

GIB = 1024**3
VARIABLES = (
    Variable("SECRET_KEY", "secret-key", "shop/settings.py:10", secret=True),
    Variable("DEBUG", "debug", "shop/settings.py:11"),
    Variable("DATABASE_URL", "database-url", "shop/settings.py:12", secret=True),
    Variable("REDIS_URL", "cache-url", "shop/settings.py:13"),
    Variable("CELERY_BROKER_URL", "broker-url", "shop/settings.py:14"),
    Variable("ALLOWED_HOSTS", "hosts", "shop/settings.py:15"),
    Variable("STRIPE_KEY", "", "shop/settings.py:16", secret=True),
    Variable("SHOP_TITLE", "", "shop/settings.py:17"),
)


def make_topology(*, cores: int = 4, memory: int = 8, **work: Any) -> Topology:
    """Sized as an export does it; `memory` in GiB, `work` as changes of a gunicorn shop with tasks."""
    made = replace(Work(server="gunicorn", tasks=True, pooler=True), **work)
    return size(Machine(cores=cores, memory=memory * GIB, open_files=524288), made)


def make_input(*, topology: Topology | None = None, **changes: Any) -> ExportInput:
    """The shop; a topology without tasks makes it one without Celery."""
    topology = topology or make_topology()
    made = ExportInput(
        name="shop",
        python="3.13",
        settings_module="shop.settings",
        wsgi="shop.wsgi:application",
        asgi="shop.asgi:application",
        celery="shop.celery:app" if topology.work.tasks else "",
        scheduled=topology.work.tasks,
        beat_scheduler="",
        queues=(),
        hosts=("shop.example.org", "www.shop.example.org"),
        health="/healthz/",
        static_url="/static/",
        media_url="/media/",
        paths=Paths(static_root="staticfiles", media_root="media"),
        packaging=Packaging("pip", ("requirements.txt",), "requirements.txt", ("gunicorn",), ("libpq5",)),
        variables=VARIABLES,
        topology=topology,
        config=UpConfig(),
        folder="deploy/engine",
    )
    return replace(made, **changes)
