"""Names and kinds of columns that the tables of both databases share: key, t0... for texts, f0... for facets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

    from django_tenfold.search.backend import Filter
    from django_tenfold.search.documents import Document
    from django_tenfold.search.index import Shape

PREFIX = "tenfold_search_"


def table_of(shape: Shape, number: int) -> str:
    return f"{PREFIX}{shape.name}_{number}"


def texts_of(shape: Shape) -> list[str]:
    return [f"t{number}" for number in range(len(shape.text))]


def facets_of(shape: Shape) -> list[str]:
    return [f"f{number}" for number in range(len(shape.facets))]


def key_type(shape: Shape, connection: BaseDatabaseWrapper) -> str:
    return str(shape.key_field.rel_db_type(connection))


def define_facets(shape: Shape, connection: BaseDatabaseWrapper) -> list[str]:
    """`rel_db_type`: a serial is a plain number here."""
    return [f"f{number} {one.field.rel_db_type(connection)}" for number, one in enumerate(shape.facets)]


def adapt_facets(shape: Shape, document: Document, connection: BaseDatabaseWrapper) -> list[Any]:
    pairs = zip(shape.facets, document.facets, strict=True)
    return [one.field.get_db_prep_value(value, connection) for one, value in pairs]


def adapt_key(shape: Shape, key: Any, connection: BaseDatabaseWrapper) -> Any:
    return shape.key_field.get_db_prep_value(key, connection)


def write_conditions(
    shape: Shape, filters: tuple[Filter, ...], connection: BaseDatabaseWrapper
) -> tuple[str, list[Any]]:
    """ " and f0 in (...) and ...", and its parameters."""
    sql, values = "", []
    for one in filters:
        field = shape.facets[one.facet].field
        given = [field.get_db_prep_value(value, connection) for value in one.values if value is not None]
        column = f"f{one.facet}"
        if one.lookup != "in":
            sql += f" and {column} {'>=' if one.lookup == 'gte' else '<='} %s"
            values += given
            continue
        choices = [f"{column} in ({', '.join(['%s'] * len(given))})"] if given else []
        choices += [f"{column} is null"] if None in one.values else []
        sql += f" and ({' or '.join(choices) or '1 = 0'})"
        values += given
    return sql, values
