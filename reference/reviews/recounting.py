"""Counts everything anew that is kept in counters, each table with one statement.

SQL where it is better than the ORM: UPDATE .. FROM reads the reviews once, what the ORM can say (a subquery for
each product) reads an index a hundred thousand times. PostgreSQL and SQLite understand the same words.
https://www.postgresql.org/docs/current/sql-update.html https://www.sqlite.org/lang_update.html
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db import connection, transaction

PRODUCTS = """
    UPDATE products_product SET review_count = counted.rows, rating_sum = counted.stars
    FROM (
        SELECT p.id, COUNT(r.id) AS rows, COALESCE(SUM(r.rating), 0) AS stars
        FROM products_product p LEFT JOIN reviews_review r ON r.product_id = p.id AND r.published
        GROUP BY p.id
    ) counted
    WHERE counted.id = products_product.id
    AND (review_count <> counted.rows OR rating_sum <> counted.stars)
"""
REVIEWERS = """
    INSERT INTO reviews_reviewer (person_id, review_count, seconds_total)
    SELECT author_id, COUNT(*), SUM({seconds}) FROM reviews_review WHERE published GROUP BY author_id
    ON CONFLICT (person_id) DO UPDATE
    SET review_count = excluded.review_count, seconds_total = excluded.seconds_total
    WHERE reviews_reviewer.review_count <> excluded.review_count
    OR reviews_reviewer.seconds_total <> excluded.seconds_total
"""
FORMER_REVIEWERS = """
    UPDATE reviews_reviewer SET review_count = 0, seconds_total = 0
    WHERE (review_count <> 0 OR seconds_total <> 0) AND NOT EXISTS (
        SELECT 1 FROM reviews_review r WHERE r.published AND r.author_id = reviews_reviewer.person_id
    )
"""
VOTES = """
    UPDATE reviews_review SET helpful_count = counted.rows
    FROM (
        SELECT r.id, COUNT(v.id) AS rows FROM reviews_review r
        LEFT JOIN reviews_helpfulvote v ON v.review_id = r.id GROUP BY r.id
    ) counted
    WHERE counted.id = reviews_review.id AND reviews_review.helpful_count <> counted.rows
"""
SECONDS = {
    "postgresql": "FLOOR(EXTRACT(EPOCH FROM submitted_at - started_at))::bigint",
    # Its dates are texts: days since noon of a day long ago, as a fraction that is rounded to milliseconds.
    "sqlite": "CAST(ROUND((julianday(submitted_at) - julianday(started_at)) * 86400, 3) AS INTEGER)",
}


@dataclass(frozen=True)
class Corrected:
    """Rows whose counter was wrong."""

    products: int
    reviewers: int
    votes: int


def recount(*, votes: bool = False) -> Corrected:
    """Correct every counter; how many were wrong. In one transaction, so that no reader sees half of it.

    A review that is posted while it runs may be left out, until the next time.
    """
    reviewers = REVIEWERS.format(seconds=SECONDS[connection.vendor])
    with transaction.atomic(), connection.cursor() as cursor:
        return Corrected(
            products=_change(cursor, PRODUCTS),
            reviewers=_change(cursor, reviewers) + _change(cursor, FORMER_REVIEWERS),
            votes=_change(cursor, VOTES) if votes else 0,
        )


def _change(cursor: object, statement: str) -> int:
    cursor.execute(statement)
    return cursor.rowcount
