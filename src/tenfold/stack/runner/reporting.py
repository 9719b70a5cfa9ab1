"""The state of the supervisor's lives as a status: times are turned from the monotonic clock to the wall's."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

from tenfold.stack.runner.states import SETTLED
from tenfold.stack.runner.status import ServiceStatus, StackStatus

if TYPE_CHECKING:
    from tenfold.stack.plan import StackPlan
    from tenfold.stack.runner.life import Life
    from tenfold.stack.runner.supervisor import Supervisor


def report_status(plan: StackPlan, supervisor: Supervisor, *, began: float) -> StackStatus:
    """The status now. `began` is of time.monotonic, as the supervisor's own times are."""
    offset = time.time() - time.monotonic()
    return StackStatus(
        name=plan.name,
        folder=plan.folder,
        url=plan.url,
        state=name_state(supervisor),
        since=began + offset,
        pid=os.getpid(),
        services=tuple(_report_service(life, offset) for life in supervisor.lives.values()),
    )


def name_state(supervisor: Supervisor) -> str:
    """The stack's state in one word, as `StackStatus.state` lists them."""
    if supervisor.stopping:
        return "stopping"
    if not supervisor.ready:
        return "starting"
    essential = (life for life in supervisor.lives.values() if life.service.essential)
    return "running" if all(life.state in SETTLED for life in essential) else "degraded"


def _report_service(life: Life, offset: float) -> ServiceStatus:
    service = life.service
    return ServiceStatus(
        name=service.name,
        kind=service.kind,
        title=service.title,
        state=str(life.state),
        since=life.entered + offset if life.entered else 0.0,
        pid=life.pid,
        address=service.address,
        run=life.run,
        restarts=life.restarts,
        why=life.why,
        essential=service.essential,
    )
