"""Figures of tasks: where they are made, and when."""

from __future__ import annotations

import subprocess
import sys
import urllib.request

from django_tenfold.tasks.metrics import record_dead, record_depth, serve_metrics
from tests.live.stack.driving import free_port


def test_a_projects_celery_module_imports_no_prometheus_client() -> None:
    code = "import sys, django_tenfold.tasks.celery; sys.exit('prometheus_client' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_figures_are_served_where_a_single_process_asks_for_it() -> None:
    record_dead(3)
    record_depth("celery", 5)
    port = free_port()
    server, thread = serve_metrics(port)
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
            text = answer.read().decode()
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)
    assert "tenfold_dead_tasks 3.0" in text
    assert 'tenfold_queue_depth{queue="celery"} 5.0' in text
