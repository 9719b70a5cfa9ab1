"""The options of the block: `TENFOLD_OBSERVABILITY = {"slow_query_ms": 200}` in the settings file."""

from __future__ import annotations

from dataclasses import dataclass

from django_tenfold.conf.options import BlockOptions, option


@dataclass(frozen=True, slots=True)
class ObservabilityOptions:
    """Every option with its default; times are in the unit that the name ends with."""

    request_id_header: str = option("X-Request-ID", "The header that carries the request id, in and out.")
    trust_request_id: bool = option(
        True, "Take the id that the edge sends. Off where clients reach the server without an edge."
    )
    access_log: bool = option(True, "One line for each request, logger `tenfold.access`.")
    access_log_exclude: tuple[str, ...] = option(
        ("/livez", "/readyz", "/metrics"), "Paths without a line, unless the answer is an error."
    )
    access_log_query: str = option(
        "mask",
        "The query string in the access log: as it is, with the values of secret names masked, or not at all.",
        choices=("keep", "mask", "drop"),
    )
    client_header: str = option(
        "",
        'Header in which the edge names the client, such as "X-Forwarded-For": its last address is logged.'
        " Empty: the address of the connection.",
    )
    slow_request_ms: int = option(2_000, "A request that takes longer is logged as WARNING.", at_least=1)
    server_timing: str = option(
        "staff",
        "Who gets the Server-Timing header: nobody, staff whose user was loaded anyway (and all with DEBUG), all.",
        choices=("off", "staff", "all"),
    )
    slow_query_ms: int = option(
        500, "A statement that takes longer is logged, logger `tenfold.slow_queries`.", at_least=1
    )
    explain_slow_queries: bool = option(True, "Ask the database for the plan (EXPLAIN) of slow SELECTs.")
    explain_interval_seconds: int = option(
        60, "How often one process asks for the plan of the same statement at most.", at_least=1
    )
    explain_timeout_ms: int = option(
        300, "How long PostgreSQL may take for a plan, waiting for locks included.", at_least=10
    )
    sql_comments: str = option(
        "off",
        "Comments in SQL statements: none, the view's name, or the view's name and the request id.",
        choices=("off", "view", "request"),
    )
    sql_comment_sample: float = option(
        0.01,
        "The share of requests whose statements carry their id: each such text is new to prepared statements.",
        at_least=0,
        at_most=1,
    )
    error_mail_interval_seconds: int = option(
        600, "How long the same error (type and place) is not mailed again.", at_least=1
    )
    error_mails_per_hour: int = option(20, "Mails of errors in an hour, of all processes.", at_least=1)
    error_mail_cache: str = option("default", "The cache through which processes agree on it.")
    celery: bool = option(
        True, "Pass the request id to Celery's tasks, and let Celery's workers log by LOGGING."
    )

    metrics: bool = option(True, "Count requests and caches for Prometheus and the staff page.")
    metrics_folder: str = option(
        "",
        "Folder through which this host's processes share their metrics; empty: one below the temporary folder."
        " The environment variable PROMETHEUS_MULTIPROC_DIR wins over it.",
    )
    metrics_path: str = option("/metrics", "Where HealthMiddleware answers Prometheus; empty: nowhere.")
    metrics_token: str = option(
        "",
        "Who sends it as a bearer token reads metrics and the details of /readyz. The environment variable"
        " TENFOLD_METRICS_TOKEN stands in for an empty one.",
    )
    internal_networks: tuple[str, ...] = option(
        (),
        "Networks (10.0.0.0/8) that read metrics and the details of /readyz without a token. Where a proxy stands"
        " in between, it must send X-Forwarded-For: each address in it has to be internal.",
    )
    latency_buckets: tuple[float, ...] = option(
        (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0),
        "Upper bounds of the histograms of request and SQL time, seconds.",
    )
    query_buckets: tuple[float, ...] = option(
        (0, 1, 2, 5, 10, 20, 50, 100, 500), "Upper bounds of the histogram of queries per request."
    )
    count_cache: bool = option(True, "Count hits, misses and errors of each cache in CACHES.")
    livez_path: str = option(
        "/livez", "Where HealthMiddleware says that the process answers; empty: nowhere."
    )
    readyz_path: str = option("/readyz", "Where it says whether requests should come here; empty: nowhere.")
    ready_databases: tuple[str, ...] = option(("default",), "Databases without which the host is not ready.")
    ready_caches: tuple[str, ...] = option(
        ("default",), "Caches that /readyz looks at; one that is gone is told but leaves the host ready."
    )
    ready_when_read_only: bool = option(False, "A database that takes no writes leaves the host ready.")
    ready_needs_migrations: bool = option(
        False, "Not ready while migrations are to be applied. Looked up at start, then until there are none."
    )
    ready_seconds: float = option(
        2.0, "How long /readyz waits for a part before it counts as gone.", at_least=0.1, at_most=60
    )
    drain_file: str = option(
        "",
        "While this file exists /readyz says 503; `manage.py drain on` makes it. Empty: one below the temporary"
        " folder. The environment variable TENFOLD_DRAIN_FILE wins over it.",
    )
    drain_on_sigterm: bool = option(
        False, "SIGTERM drains this process before the server's own handler runs. Not every server lets it."
    )
    page_permission: str = option(
        "", 'Permission that the staff page asks for beside is_staff, such as "auth.view_user".'
    )
    page_minutes: int = option(10, "How far back its charts go, minutes.", at_least=1, at_most=60)


options: BlockOptions[ObservabilityOptions] = BlockOptions("TENFOLD_OBSERVABILITY", ObservabilityOptions)
