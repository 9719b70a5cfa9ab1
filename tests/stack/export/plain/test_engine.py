from __future__ import annotations

import ast
import json
from typing import TYPE_CHECKING, Any

import yaml

from tenfold.stack.export.catalogue import render_engine
from tests.stack.export.example_input import make_input, make_topology

if TYPE_CHECKING:
    from tenfold.stack.export.input import ExportInput


def render(one: ExportInput) -> dict[str, str]:
    return {file.path: file.text for file in render_engine("plain", one)}


def hints(one: ExportInput) -> dict[str, Any]:
    """The names that the hints set to plain values."""
    tree = ast.parse(render(one)["settings_hints.py"])
    return {
        target.id: node.value
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }


def test_hints_begin_with_the_projects_settings() -> None:
    text = render(make_input())["settings_hints.py"]
    assert "from shop.settings import *" in text
    assert ast.literal_eval(hints(make_input())["ALLOWED_HOSTS"]) == [
        "shop.example.org",
        "www.shop.example.org",
    ]


def test_hints_fit_how_connections_are_kept() -> None:
    pooled = render(make_input())["settings_hints.py"]
    assert '"DISABLE_SERVER_SIDE_CURSORS": True' in pooled
    own = make_input(topology=make_topology(pooler=False, pool_wished=True, server="granian"))
    assert own.topology.database.connections.value == "pool"
    text = render(own)["settings_hints.py"]
    assert f'"max_size": {own.topology.database.pool_max.whole}' in text
    assert '"CONN_MAX_AGE": 0' in text
    kept = make_input(topology=make_topology(pooler=False, pool=False))
    assert '"CONN_MAX_AGE": 600' in render(kept)["settings_hints.py"]


def test_alerts_and_the_dashboard_draw_the_topologys_limits() -> None:
    one = make_input()
    alerts = {rule["alert"]: rule for rule in yaml.safe_load(render(one)["alerts.yml"])["groups"][0]["rules"]}
    limit = one.topology.database.max_connections.whole
    assert alerts["DatabaseConnectionsNearMax"]["expr"].endswith(f"> {0.8 * limit:g}")
    panels = json.loads(render(one)["grafana-dashboard.json"])["panels"]
    steps = {p["title"]: p["fieldConfig"]["defaults"]["thresholds"]["steps"][-1]["value"] for p in panels}
    assert steps["Connections of PostgreSQL"] == limit
    assert steps["Memory of the cache"] == one.topology.cache.max_memory.whole * 1024**2
    assert len({panel["id"] for panel in panels}) == len(panels)


def test_only_what_runs_is_scraped() -> None:
    def jobs(one: ExportInput) -> set[str]:
        return {job["job_name"] for job in yaml.safe_load(render(one)["prometheus.yml"])["scrape_configs"]}

    assert {"gunicorn", "celery", "broker", "pooler"} <= jobs(make_input())
    bare = make_input(topology=make_topology(tasks=False, pooler=False, server="granian"))
    assert not {"gunicorn", "celery", "broker", "pooler"} & jobs(bare)


def test_gunicorns_figures_get_the_names_of_the_alerts() -> None:
    files = render(make_input())
    mapping = yaml.safe_load(files["statsd-mapping.yml"])["mappings"]
    assert [one["name"] for one in mapping] == ["gunicorn_request_status", "gunicorn_request_duration"]
    assert 'statsd_prefix = "shop"' in files["gunicorn.conf.py"]
    assert mapping[0]["match"].startswith("shop.gunicorn.")
    granian = render(make_input(topology=make_topology(server="granian")))
    assert "statsd-mapping.yml" not in granian
    assert "gunicorn_request" not in granian["alerts.yml"]


def test_the_list_of_commands_does_not_run_as_a_whole() -> None:
    lines = render(make_input())["commands.sh"].splitlines()
    assert "exit 1" in lines[:5]
