"""`manage.py recount`: the counters against the rows that they count."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from reviews.recounting import recount


class Command(BaseCommand):
    help = "Counts reviews, ratings, times and votes anew, and tells how many counters were wrong."

    def handle(self, **_: Any) -> None:
        found = recount(votes=True)
        self.stdout.write(
            f"Corrected: {found.products} products, {found.reviewers} reviewers, {found.votes} reviews."
        )
