"""The plain files: nginx, application server, PgBouncer, PostgreSQL, Valkey, Prometheus, Grafana, settings."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from tenfold.stack.export import host
from tenfold.stack.export.environment import settle_environment
from tenfold.stack.export.input import Exported
from tenfold.stack.export.notes import example_text, readme_text
from tenfold.stack.export.packages import requirement_lines
from tenfold.stack.export.plain.monitoring import render_monitoring
from tenfold.stack.export.processes import Place, app_words, manage_words, scheduler_command, worker_command
from tenfold.stack.export.templates import render_template
from tenfold.stack.services.postgres.configuration import connection_limits

if TYPE_CHECKING:
    from tenfold.stack.export.input import ExportInput

NEXT = "read {folder}/README.md: it says what each file is for"
MORE = """| file | what it is |
| --- | --- |
| `nginx.conf` | the edge |
{gunicorn}| `commands.sh` | the command line of each process |
| `pgbouncer.ini`, `pgbouncer-hba.conf` | the pooler |
| `postgresql.conf` | additions for PostgreSQL's `conf.d` |
| `cache.conf`, `broker.conf` | Valkey, once for each use |
| `prometheus.yml`, `alerts.yml`, `grafana-dashboard.json` | what is watched, and when somebody is called. {mapping}|
| `settings_hints.py` | what the settings need for these numbers to hold |
| `env.example` | the environment of the project's processes |

Paths are those of a host with the code in `/srv/{name}/current`: put your own in their place."""


def render(one: ExportInput) -> tuple[Exported, ...]:
    """Every file of deploy/plain."""
    environment = settle_environment(one, host.reach(one))
    gunicorn = "| `gunicorn.conf.py` | the application server |\n" if one.server == "gunicorn" else ""
    mapping = "`statsd-mapping.yml` is statsd_exporter's " if one.server == "gunicorn" else ""
    more = MORE.format(name=one.name, gunicorn=gunicorn, mapping=mapping)
    found = [
        *host.configurations(one),
        *render_monitoring(one),
        Exported("commands.sh", _commands(one)),
        Exported("settings_hints.py", _hints(one)),
        Exported("env.example", example_text(one, environment, full=True)),
        Exported("README.md", readme_text(one, "hosts of your own", "see below", more=more)),
    ]
    if one.packaging.missing:
        found.append(Exported("requirements-stack.txt", "\n".join(requirement_lines(one)) + "\n"))
    return tuple(found)


def _commands(one: ExportInput) -> str:
    """The processes as command lines, to be started by whatever starts yours."""
    configuration = f"/etc/{one.name}/gunicorn.conf.py"
    python = host.python(one)
    lines = [
        "#!/bin/sh",
        "# One line is one process; this is a list, not a script to run as a whole.",
        "exit 1",
        "",
    ]
    lines += [f"cd {shlex.quote(host.work_folder(one))}", "", "# Once per release:"]
    lines.append(shlex.join(manage_words(one, python, "migrate", "--noinput")))
    if one.paths.static_root and not one.paths.static_built:
        lines.append(shlex.join(manage_words(one, python, "collectstatic", "--noinput")))
    for number in one.instances:
        place = Place(python, socket=f"/run/{one.name}/app-{number}.sock", configuration=configuration)
        lines += [
            "",
            f"# Application server {number} of {len(one.instances)}:",
            shlex.join(app_words(one, place)),
        ]
    if one.celery:
        lines += ["", "# Task worker:", shlex.join(worker_command(one, python, node=f"worker@{one.name}"))]
    if one.scheduled:
        folder = f"/var/lib/{one.name}-scheduler"
        lines += ["", "# Scheduler, exactly one of all hosts:"]
        lines.append(shlex.join(scheduler_command(one, python, folder=folder)))
    return "\n".join(lines) + "\n"


def _hints(one: ExportInput) -> str:
    limits = " ".join(f"-c {name}={value}" for name, value in connection_limits(one.topology).items())
    return render_template(
        "plain",
        "settings_hints.py",
        one=one,
        top=one.topology,
        limits=limits,
        reach=host.reach(one),
        database=one.topology.database,
    )
