"""An Ansible playbook for many hosts: stores, one migration, application hosts one after the other, edge."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tenfold.stack.addresses import DATABASE, USER
from tenfold.stack.export import configs, host
from tenfold.stack.export.environment import Reach, required_secrets, settle_environment
from tenfold.stack.export.input import Exported
from tenfold.stack.export.notes import readme_text
from tenfold.stack.export.packages import requirement_lines
from tenfold.stack.export.processes import STATSD, Place, app_words, gunicorn_text
from tenfold.stack.export.systemd.engine import unit_texts, unit_values, unit_words
from tenfold.stack.export.templates import render_template
from tenfold.stack.services.postgres.configuration import REPLICATOR

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenfold.stack.export.environment import Value
    from tenfold.stack.export.input import ExportInput

NEXT = (
    "copy {folder}/inventory.example.yml and vault.example.yml, fill them in, then ansible-playbook site.yml"
)
DATABASE_ADDRESS, STORE_ADDRESS, ADDRESS = "{{database_address}}", "{{store_address}}", "{{address}}"
PASSWORD = "{{database_password}}"
BACKEND = "application-instance"
"""Stands for one instance in the rendered nginx.conf, until its line becomes a loop over the hosts."""
PORT = 29999
"""Stands for an instance's port until the unit's own number is put in: 8001, 8002."""
ALLOWED = " ".join(("localhost", *configs.PRIVATE_NETWORKS))
MORE = """Hosts stand in groups: `edge`, `app`, `worker`, `scheduler` (exactly one), `store`, `database`, `replica`.
They talk over the private network whose addresses the inventory names; nothing but the edge is to be open to others.
The numbers are those of one host of each group, with room at the pooler for two of `app`: for more raise
`max-connections`. Uploads must be on storage that the hosts share (`/srv/{name}/media`), or in object storage."""


def render(one: ExportInput) -> tuple[Exported, ...]:
    """Every file of deploy/ansible."""
    values = _values(one)
    readme = readme_text(one, "Ansible", "ansible-playbook site.yml", more=MORE.format(name=one.name))
    found = [
        *(_file(name, name, values) for name in ("site.yml", "ansible.cfg", "inventory.example.yml")),
        _file("vault.example.yml", "vault.example.yml", values),
        _file("group_vars/all/all.yml", "group_vars_all.yml", values),
        *_roles(one, values),
        Exported("README.md", readme),
    ]
    return tuple(found)


def _file(path: str, template: str, values: dict[str, object]) -> Exported:
    return Exported(path, render_template("ansible", template, **values))


def _reach(one: ExportInput, *, direct: bool = False) -> Reach:
    valkey = f"redis://:{{{{valkey_password}}}}@{STORE_ADDRESS}"
    return Reach(
        host=DATABASE_ADDRESS,
        port=6432 if one.pooled and not direct else 5432,
        cache=f"{valkey}:6379",
        broker=f"{valkey}:6380",
        password=PASSWORD,
        replica_host="{{hostvars[groups['replica'][0]].address}}",
        static_root=host.static_folder(one),
        media_root=host.media_folder(one),
        migrates=direct,
    )


def _values(one: ExportInput) -> dict[str, object]:
    environment = settle_environment(one, _reach(one))
    packages = ["git", "python3-venv", *(one.packaging.libraries)]
    packages += ["gettext"] * any(command.startswith("compilemessages") for command in one.prepare)
    before = [command for command in one.prepare if command.startswith("compilemessages")]
    after = [command for command in one.prepare if command not in before]
    collects = bool(one.paths.static_root) and not one.paths.static_built
    return {
        "one": one,
        "required": [name for name in required_secrets(environment) if name != "DATABASE_PASSWORD"],
        "own": [value for value in environment if not value.value and not value.known],
        "stores": ["cache", "broker"] if one.celery else ["cache"],
        "packages": packages,
        "prepare": [*before, *(["collectstatic --noinput"] if collects else []), *after],
        "install": _install(one),
        "extra": requirement_lines(one),
        "user_name": USER,
        "database_name": DATABASE,
        "replicator": REPLICATOR,
    }


def _install(one: ExportInput) -> str:
    """The words of the installation, as a YAML list's content. uv, poetry, pdm and pipenv must be on the hosts."""
    pip = '"{{ release_folder }}/.venv/bin/python", -m, pip, install, --quiet'
    found = {
        "uv": "uv, sync, --frozen, --no-dev, --no-install-project",
        "poetry": "poetry, install, --only, main, --no-root",
        "pdm": "pdm, sync, --prod, --no-self, --no-editable",
        "pipenv": "pipenv, sync",
    }.get(one.packaging.manager)
    source = one.packaging.install
    return found or (f"{pip}, ." if source == "." else f"{pip}, -r, {source or '.requirements-stack.txt'}")


def _roles(one: ExportInput, values: dict[str, object]) -> Iterator[Exported]:
    names = [
        "database",
        *(["replica"] * bool(one.replicas)),
        *(["pooler"] * one.pooled),
        "store",
        "release",
        "app",
        "edge",
    ]
    for name in names:
        yield _file(f"roles/{name}/tasks/main.yml", f"{name}.yml", values)
    yield _file("roles/app/tasks/instance.yml", "app_instance.yml", values)
    for name in ("worker", "scheduler")[: bool(one.celery) + one.scheduled]:
        yield _file(f"roles/{name}/tasks/main.yml", "process.yml", values | {"role": name})
    for name in ("database", "pooler", "store", "edge"):
        if name in names:
            yield _file(f"roles/{name}/handlers/main.yml", f"{name}_handlers.yml", values)
    if one.replicas:
        yield _file("roles/replica/handlers/main.yml", "database_handlers.yml", values)
    if one.packaging.missing:
        yield Exported("roles/release/files/requirements-stack.txt", "\n".join(requirement_lines(one)) + "\n")
    yield from _units(one)
    yield from _configurations(one)
    yield from _environments(one)


def _units(one: ExportInput) -> Iterator[Exported]:
    """The units of the systemd export, listening on the private network."""
    place = Place(
        host.python(one), host=ADDRESS, port=PORT, configuration=f"/etc/{one.name}/gunicorn.conf.py"
    )
    words = unit_words(_trusting(one, app_words(one, place)))
    values = unit_values(one) | {
        "needs": "",
        "allowed": ALLOWED,
        "command": words.replace(str(PORT), "800%i").replace("/venv/bin/", "/current/.venv/bin/"),
    }
    for name in ("worker", "scheduler"):
        values[name] = str(values[name]).replace("/venv/bin/", "/current/.venv/bin/")
    for name, text in unit_texts(one, values):
        role = name.removeprefix(f"{one.name}-").partition(".")[0].rstrip("@")
        if role == "migrate" or name.endswith(".target"):
            continue  # the playbook migrates, and starts each unit on the hosts of its group
        role = "store" if role in ("cache", "broker") else role
        yield Exported(f"roles/{role}/templates/{name}.j2", _bare(text, one))
    unit = render_template("systemd", "postgresql.conf", **values)
    for role in ("database", *(["replica"] * bool(one.replicas))):
        yield Exported(f"roles/{role}/files/postgresql-unit.conf", unit)


def _bare(text: str, one: ExportInput) -> str:
    """Without what a lone host has: the target that holds the units together, and a migration of its own."""
    drop = (
        f"PartOf={one.name}.target",
        f"Wants={one.name}-migrate.service",
        f"ReadWritePaths=/run/{one.name}",
    )
    lines = [line for line in text.splitlines() if line not in drop]
    joined = (
        "\n".join(lines)
        .replace(f" {one.name}-migrate.service", "")
        .replace(f"={one.name}.target", "=multi-user.target")
    )
    return joined + "\n"


def _trusting(one: ExportInput, words: tuple[str, ...]) -> tuple[str, ...]:
    """The edge's hosts are believed about the client: requests come from them alone."""
    trusted = "{{groups['edge']|map('extract',hostvars,'address')|join(',')}}"
    if one.server == "granian":  # it believes nobody: SECURE_PROXY_SSL_HEADER reads the header itself
        return words
    return (*words[:-1], "--forwarded-allow-ips", trusted, words[-1])


def _configurations(one: ExportInput) -> Iterator[Exported]:
    for file in host.configurations(one):
        if file.path == "nginx.conf":
            yield Exported("roles/edge/templates/nginx.conf.j2", _edge_text(one))
    place = Place("", host=ADDRESS, port=8001, statsd=STATSD)
    if text := gunicorn_text(one, place):
        yield Exported("roles/app/templates/gunicorn.conf.py.j2", text)
    for role in ("database", *(["replica"] * bool(one.replicas))):
        yield Exported(f"roles/{role}/templates/postgresql.conf.j2", configs.postgres_text(one))
        access = configs.access_text(local="peer", networks=configs.PRIVATE_NETWORKS)
        yield Exported(f"roles/{role}/templates/pg_hba.conf.j2", access)
    if one.pooled:
        folder = f"/run/credentials/{one.name}-pooler.service"
        pooler = configs.PoolerPlace("127.0.0.1", users=f"{folder}/users.txt", access=f"{folder}/hba.conf")
        yield Exported("roles/pooler/templates/pgbouncer.ini.j2", configs.pgbouncer_text(one, pooler))
        yield Exported("roles/pooler/templates/pgbouncer-hba.conf.j2", configs.pooler_access_text())
    password, state = "requirepass {{ valkey_password }}\n", f"/var/lib/{one.name}"
    yield Exported(
        "roles/store/templates/cache.conf.j2", configs.cache_text(one, folder=f"{state}-cache") + password
    )
    if one.celery:
        text = configs.broker_text(one, folder=f"{state}-broker", port=6380)
        yield Exported("roles/store/templates/broker.conf.j2", text + password)


def _edge_text(one: ExportInput) -> str:
    """nginx.conf with a loop over the application's hosts in the place of one backend."""
    text = configs.nginx_text(one, replace(host.edge_place(one), backends=(BACKEND,)))
    lines = []
    for line in text.splitlines():
        if f"server {BACKEND} " not in line:
            lines.append(line)
            continue
        numbers = ", ".join(str(number) for number in one.instances)
        lines += ["{% for name in groups['app'] %}", f"{{% for number in [{numbers}] %}}"]
        lines.append(line.replace(BACKEND, "{{ hostvars[name].address }}:800{{ number }}"))
        lines += ["{% endfor %}", "{% endfor %}"]
    return "\n".join(lines) + "\n"


def _environments(one: ExportInput) -> Iterator[Exported]:
    environment = settle_environment(one, _reach(one))
    direct = {value.name: value for value in settle_environment(one, _reach(one, direct=True))}
    lines = [f"{value.name}={_spaced(value.value)}" for value in environment if value.value]
    lines += [
        "{% for name, value in (project_secrets or {}).items() %}",
        "{{ name }}={{ value }}",
        "{% endfor %}",
    ]
    yield Exported("roles/release/templates/env.j2", "\n".join(lines) + "\n")
    other = [value for value in environment if _differs(value, direct[value.name])]
    lines = [f"{value.name}={_spaced(direct[value.name].value)}" for value in other]
    yield Exported("roles/release/templates/env.direct.j2", "\n".join(["# Past the pooler.", *lines]) + "\n")


def _differs(value: Value, other: Value) -> bool:
    return bool(other.value) and other.value != value.value


def _spaced(text: str) -> str:
    return text.replace("{{", "{{ ").replace("}}", " }}")
