"""gunicorn's configuration: `gunicorn bazaar.wsgi` reads it.

`tenfold up` and `tenfold export` size workers for the machine; these numbers hold where nobody does.
"""

from __future__ import annotations

import os

bind = os.environ.get("BIND", "0.0.0.0:8000")
proc_name = "bazaar"
workers = int(os.environ.get("WEB_CONCURRENCY", 2 * (os.cpu_count() or 1) + 1))
worker_class = "gthread"
threads = int(os.environ.get("WEB_THREADS", "4"))
preload_app = True  # loaded once, shared by all workers

timeout = 30  # seconds; the database gives up before (REQUEST_TIMEOUT), the proxy after
graceful_timeout = 30
keepalive = 75  # seconds; longer than the proxy keeps an idle connection
max_requests = 10_000
max_requests_jitter = 1_000
worker_tmp_dir = "/dev/shm"  # noqa: S108 -- heartbeats must not wait for a disk

errorlog = "-"
accesslog = None  # each request is logged by django_tenfold.observability, with its view and queries
