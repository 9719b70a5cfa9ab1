from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tenfold.project.poolers import pooler_address, pooler_service, pooling_mode
from tenfold.project.readers.project import read_project
from tests.practices.example_project import write_project

if TYPE_CHECKING:
    from pathlib import Path

    from tenfold.project.model import Project


def read(root: Path, compose: str, *, name: str = "docker-compose.prod.yml") -> Project:
    write_project(root, {name: f"services:\n{compose}"})
    return read_project(root)


@pytest.mark.parametrize("image", ["edoburu/pgbouncer:1", "ghcr.io/postgresml/pgcat", "supabase/supavisor"])
def test_a_pooler_is_known_by_its_image(tmp_path: Path, image: str) -> None:
    found = pooler_service(read(tmp_path, f"  bouncer:\n    image: {image}\n"))
    assert found is not None
    assert str(found[0]) == "docker-compose.prod.yml:2"


def test_a_pooler_of_developments_compose_file_is_not_productions(tmp_path: Path) -> None:
    project = read(tmp_path, "  bouncer:\n    image: edoburu/pgbouncer\n", name="docker-compose.dev.yml")
    assert pooler_service(project) is None


def test_the_port_of_a_database_url_names_a_pooler_without_showing_the_url(tmp_path: Path) -> None:
    web = "  web:\n    image: shop\n    environment: {DATABASE_URL: 'postgres://u:p@db:6432/shop'}\n"
    found = pooler_address(read(tmp_path, web), ["default"])
    assert found is not None
    assert found[1] == "DATABASE_URL"


@pytest.mark.parametrize(("host", "pooled"), [("shop-db-pooler", True), ("shop-db-rw", False)])
def test_a_deployment_of_kubernetes_names_its_pooler_by_the_host(
    tmp_path: Path, host: str, pooled: bool
) -> None:
    manifest = (
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  template:\n    spec:\n"
        "      containers:\n        - name: web\n          image: shop:1\n"
        "          command: [gunicorn, config.wsgi]\n"
        f"          env: [{{name: DATABASE_URL, value: 'postgres://u:p@{host}:5432/shop'}}]\n"
    )
    write_project(tmp_path, {"k8s/web.yaml": manifest})
    assert (pooler_address(read_project(tmp_path), ["default"]) is not None) == pooled


def test_the_mode_is_the_poolers_own(tmp_path: Path) -> None:
    services = (
        "  web:\n    image: shop\n    environment: {POOL_MODE: session}\n"
        "  bouncer:\n    image: edoburu/pgbouncer\n    environment: {POOL_MODE: Transaction}\n"
    )
    assert pooling_mode(read(tmp_path, services)) == "transaction"
