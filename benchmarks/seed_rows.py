"""`manage.py seed` of the reference project: rows a second, against raw COPY of the same bytes.

PostgreSQL is the one of `tenfold up` from its wheel, with its settings: fsync on, WAL for replicas, no replica
attached. Three ways to bring the same number of reviews into a table without indexes come first, in one run:
COPY of a file that was made before, the seeding's own generator into COPY, and INSERT .. SELECT whose texts
PostgreSQL makes itself. Then the whole command: people, products, reviews, votes and orders, every counter,
index and constraint, statistics, in one transaction.

python benchmarks/seed_rows.py [rows, 1000000]. Written to results/seed_rows.json.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
from measuring.results import write_results
from serving.contenders import KEPT, tenfold
from serving.load import free_port

from tenfold.stack.addresses import DATABASE, USER

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

REFERENCE = Path(__file__).resolve().parents[1] / "reference"
ROWS = 10_000_000
TARGET_SECONDS = 300.0
"""At most, for ROWS reviews on two cores."""
COMPARED = 1_000_000
"""Reviews in the comparison of ways."""
CHUNK = 1 << 20
NOT_COPIED = shutil.ignore_patterns("__pycache__", ".env", ".tenfold", "media", "*.sqlite3", "build")
TABLE = """
    CREATE TABLE bench_review (
        id bigint, product_id bigint, author_id bigint, rating smallint, title text, text text, verified boolean,
        published boolean, helpful_count integer, started_at timestamptz, submitted_at timestamptz, category_id bigint
    )
"""
IN_DATABASE = """
    INSERT INTO bench_review
    SELECT n, 1 + mod(hash, %(products)s), 1 + mod(hash / 7, %(members)s), 1 + mod(hash, 5),
        titles[1 + mod(hash, 10)],
        replace(openings[1 + mod(hash / 3, 8)], '{thing}', things[1 + mod(hash / 11, 48)]) || ' '
        || verdicts[1 + mod(hash / 5, 6)] || ' ' || closings[1 + mod(hash / 13, 10)],
        mod(n, 8) = 3, mod(n, 50) <> 17, 0, begun, begun + interval '5 minutes', 1 + mod(hash / 17, 8)
    FROM (
        SELECT n, (hashint8(n) & 1073741823) AS hash,
        timestamptz '2023-11-02' + n * interval '9 seconds' AS begun,
        %(titles)s::text[] AS titles, %(openings)s::text[] AS openings, %(things)s::text[] AS things,
        %(verdicts)s::text[] AS verdicts, %(closings)s::text[] AS closings
        FROM generate_series(1, %(rows)s) AS n
    ) made
"""


def main(rows: int = COMPARED) -> int:
    project = KEPT / "seed"
    shutil.rmtree(project, ignore_errors=True)
    shutil.copytree(REFERENCE, project, ignore=NOT_COPIED)
    sys.path.insert(0, str(project))
    with on_database(project) as address:
        compared = compare_ways(address, min(rows, COMPARED))
        seeded = seed(project, address, rows)
        size = ask(address, "SELECT pg_database_size(current_database())")
    extrapolated = seeded["seconds"] * ROWS / rows
    document = {
        "rows": rows,
        "load_average": round(os.getloadavg()[1], 1),
        **seeded,
        "database_gib": round(size / 2**30, 2),
        "compared": compared,
        "target_seconds": TARGET_SECONDS,
        "seconds_for_10_million": round(extrapolated, 1),
        "measured_or_extrapolated": "measured" if rows == ROWS else "extrapolated",
        "met": extrapolated < TARGET_SECONDS,
    }
    write_results("seed_rows", document)
    show(document)
    return 0 if document["met"] else 1


@contextmanager
def on_database(project: Path) -> Iterator[str]:
    """`tenfold up` without a replica, all tables made; the URL of its PostgreSQL."""
    ports = ("--http-port", free_port(), "--https-port", free_port())
    options = ("--replicas", 0, "--without", "worker")
    tenfold("up", project, "--detach", "--wheels", "--python", sys.executable, *ports, *options)
    try:
        taken, secrets = (
            json.loads((project / ".tenfold" / name).read_text(encoding="utf-8"))
            for name in ("ports.json", "secrets.json")
        )
        yield f"postgresql://{USER}:{secrets['database']}@127.0.0.1:{taken['postgres']}/{DATABASE}"
    finally:
        tenfold("down", project)
        shutil.rmtree(project, ignore_errors=True)  # gigabytes


def compare_ways(address: str, rows: int) -> dict[str, Any]:
    """Seconds of each way, and of each how many times those of raw COPY."""
    from seeding import words
    from seeding.rows import Starts, review_lines, things
    from seeding.shape import Shape

    shape = Shape(rows)
    with tempfile.TemporaryFile() as file:
        file.writelines(line.encode() for line in review_lines(shape, Starts(), 0, rows))
        size = file.tell()
        file.seek(0)
        raw = copy(address, iter(lambda: file.read(CHUNK), b""))
    generated = copy(address, as_chunks(review_lines(shape, Starts(), 0, rows)))
    values = {
        **{"rows": rows, "products": shape.products, "members": shape.members},
        **{"titles": list(words.GOOD), "openings": list(words.OPENINGS), "verdicts": list(words.PRAISE)},
        **{"closings": list(words.CLOSINGS), "things": [thing for _, thing in things()]},
    }
    inside = into_bare_table(address, lambda cursor: cursor.execute(IN_DATABASE, values))
    seconds = {"raw_copy": raw, "generator_into_copy": generated, "insert_select": inside}
    return {
        "rows": rows,
        "bytes_a_row": round(size / rows),
        "seconds": {name: round(value, 2) for name, value in seconds.items()},
        "times_raw_copy": {name: round(value / raw, 2) for name, value in seconds.items()},
    }


def as_chunks(lines: Iterable[str]) -> Iterator[bytes]:
    from seeding.pieces import cut

    return ("".join(piece).encode() for piece in cut(lines))


def copy(address: str, chunks: Iterable[bytes]) -> float:
    def send(cursor: Any) -> None:
        with cursor.copy("COPY bench_review FROM STDIN") as target:
            for chunk in chunks:
                target.write(chunk)

    return into_bare_table(address, send)


def into_bare_table(address: str, fill: Any) -> float:
    """Seconds of `fill` and its commit. The table is made in another transaction, so that WAL is written."""
    with psycopg.connect(address, autocommit=True) as connection, connection.cursor() as cursor:
        cursor.execute(TABLE)
        begun = time.perf_counter()
        fill(cursor)
        seconds = time.perf_counter() - begun
        cursor.execute("DROP TABLE bench_review")
    return seconds


def seed(project: Path, address: str, rows: int) -> dict[str, Any]:
    """The command as a person runs it, and what it says of its parts."""
    # The variables that a seeding has no use for get placeholders.
    environment = {**os.environ, "DATABASE_URL": address, "TENFOLD_BUILD": "true", "CACHE_URL": "locmem://"}
    words = [sys.executable, "manage.py", "seed", "--rows", str(rows)]
    begun = time.perf_counter()
    said = subprocess.run(words, cwd=project, env=environment, check=True, capture_output=True, text=True)
    seconds = time.perf_counter() - begun
    parts = re.findall(r"^  ([^:]+):(?: [\d,]+ rows in)? ([\d.]+) s", said.stdout, re.MULTILINE)
    return {
        "seconds": round(seconds, 1),
        "rows_a_second": round(rows / seconds),
        "parts_s": {name: float(value) for name, value in parts if float(value) >= 0.5},
    }


def ask(address: str, question: str) -> Any:
    with psycopg.connect(address) as connection:
        row = connection.execute(question).fetchone()
    return row[0] if row else None


def show(document: dict[str, Any]) -> None:
    ratios = document["compared"]["times_raw_copy"]
    sys.stdout.write(
        f"{document['rows']:,} reviews in {document['seconds']} s: {document['rows_a_second']:,} rows/s;"
        f" 10 million: {document['seconds_for_10_million']} s ({document['measured_or_extrapolated']})\n"
        f"into a table without indexes, times raw COPY: generator into COPY {ratios['generator_into_copy']},"
        f" INSERT .. SELECT {ratios['insert_select']}\n"
    )


if __name__ == "__main__":
    sys.exit(main(*(int(word) for word in sys.argv[1:])))
