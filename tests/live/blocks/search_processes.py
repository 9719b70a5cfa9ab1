"""A worker of the search block in a process of its own: `python -m tests.live.blocks.search_processes`.

DATABASE (JSON) and SEARCH (JSON of TENFOLD_SEARCH) stand in the environment. It ends on SIGTERM, with status 0.
"""

from __future__ import annotations

import json
import os

import django
from django.conf import settings
from django.core.management import call_command

from tests.django_site.settings import SITE

if __name__ == "__main__":
    settings.configure(
        **{
            **SITE,
            "DATABASES": {"default": json.loads(os.environ["DATABASE"])},
            "TENFOLD_SEARCH": json.loads(os.environ["SEARCH"]),
        }
    )
    django.setup()
    call_command("search_index", "update", "article", follow=True)
