"""A process that loads a file of books, to be killed in the middle of it.

`python -m tests.live.blocks.ingest_processes <file> <rejects file> <rows of a batch>` with DATABASE in the environment.
A line is printed after each batch: the rows read so far.
"""

from __future__ import annotations

import json
import os
import sys


def main(path: str, rejects: str, batch_rows: str) -> None:
    import django
    from django.conf import settings

    from tests.django_site.settings import SITE

    settings.configure(**{**SITE, "DATABASES": {"default": json.loads(os.environ["DATABASE"])}})
    django.setup()
    from django_tenfold.db.ingest import ingest
    from tests.django_site.library.models import Book

    def tell(result: object) -> None:
        sys.stdout.write(f"{result.read}\n")  # type: ignore[attr-defined]
        sys.stdout.flush()

    ingest(
        Book, path, rejects=rejects, batch_rows=int(batch_rows), max_rejects=None, share=0.5, progress=tell
    )
    sys.stdout.write("done\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
