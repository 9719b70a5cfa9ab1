# Written by `tenfold export kubernetes`, sha256 b9669f0715b95008d630a02e52f9b0347a2309ff72c4d64715dadefa2ad86369. A file edited by hand is left alone from then on.
"""gunicorn's configuration for bazaar app, written by Tenfold. Changes here are overwritten."""

import gc
import json
import os
import sys
import time

from gunicorn.glogging import Logger

bind = "unix:/run/app/app-1.sock"
backlog = 2048
umask = 0o077

workers = 2
worker_class = "gthread"
threads = 4
worker_connections = 1000

# A worker that does not answer its master for so long is killed; the edge gives up later than that.
timeout = 30
# A stopping worker lets requests end for so long.
graceful_timeout = 30
keepalive = 75

# Memory that leaks goes with its worker; the jitter keeps workers from leaving at once.
max_requests = 100000
max_requests_jitter = 10000

# The application is loaded once, before the workers are forked: they share its memory and start at once.
preload_app = True
# Heartbeats are files: on a disk a slow write would look like a hanging worker.
worker_tmp_dir = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
proc_name = "bazaar app"
reload = False

# The socket is the edge's alone. On TCP only this machine's edge is believed.
forwarded_allow_ips = "*"
# gunicornc would listen in the user's home, one socket for all projects (since gunicorn 25.1).
control_socket_disable = True
# Processes of their own for long work are no part of this (since gunicorn 25).
dirty_workers = 0

accesslog = "-"
errorlog = "-"
loglevel = "info"


def access_line(resp, environ, request_time):
    """One request as a line of JSON. gunicorn's own way makes a dictionary of the whole environment first."""
    forwarded = environ.get("HTTP_X_FORWARDED_FOR", "").rpartition(",")[2].strip()
    return json.dumps(
        {
            "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "client": environ.get("HTTP_X_REAL_IP") or forwarded or environ.get("REMOTE_ADDR", ""),
            "request_id": environ.get("HTTP_X_REQUEST_ID", ""),
            "method": environ.get("REQUEST_METHOD", ""),
            # Without the query: tokens of password resets and searches stand there.
            "path": environ.get("PATH_INFO", ""),
            "status": int(str(resp.status).split(None, 1)[0]),
            "seconds": round(request_time.total_seconds(), 6),
            "length": getattr(resp, "sent", 0) or 0,
        }
    )


class AccessLog(Logger):
    """gunicorn's logger, with requests as lines of JSON on standard output."""

    def access(self, resp, req, environ, request_time):
        os.write(1, (access_line(resp, environ, request_time) + "\n").encode())


logger_class = AccessLog


def pre_fork(server, worker):
    """What loading the application opened is closed before the fork: two processes that share a database
    connection garble each other's answers. Objects that are here now are left out of garbage collection,
    so that the workers go on sharing their memory. LOGGING with disable_existing_loggers, which is what Django
    takes when nothing is said, has silenced gunicorn meanwhile: what fails would be told nowhere."""
    server.log.error_log.disabled = False
    if "django" in sys.modules:
        load_urls(server.log)
        close_connections()
    gc.collect()
    gc.freeze()


def load_urls(log):
    """The views, which Django would import in each worker's first request. What fails here fails there."""
    from django.urls import get_resolver

    try:
        get_resolver().url_patterns
    except Exception:
        log.exception("The URL configuration cannot be loaded:")


def close_connections():
    from django.core.cache import close_caches
    from django.db import connections

    for connection in connections.all():
        connection.close()
        if hasattr(connection, "close_pool"):
            connection.close_pool()
    close_caches()
