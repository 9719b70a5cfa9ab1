"""Whether a text is a value of a type, for servers that cannot be asked (before PostgreSQL 16)."""

from __future__ import annotations

import re

OWN_TEST = """\
create function pg_temp.tenfold_is_valid(cell text, kind text) returns boolean language plpgsql as $$
begin
  execute format('select %L::%s', cell, kind);
  return true;
exception when data_exception then
  return false;
end $$"""
DAY = "[1-9][0-9]{3}-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])"
SURE = {
    "smallint": "-?[0-9]{1,4}",
    "integer": "-?[0-9]{1,9}",
    "bigint": "-?[0-9]{1,18}",
    "boolean": "t|f|true|false",
    "uuid": "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}",
    "date": DAY,
    "timestamp with time zone": DAY
    + "[ T]([01][0-9]|2[0-3])(:[0-5][0-9]){2}([.][0-9]{1,6})?([+-](0[0-9]|1[0-4])(:?[0-5][0-9])?|Z)?",
}
"""Of a type, most of what is surely a value of it: a regular expression takes a tenth of what OWN_TEST does."""


def write_own_test(cell: str, kind: str) -> str:
    """The condition that the cell is no value of its type."""
    fault = f"not pg_temp.tenfold_is_valid({cell}, '{kind}')"
    sure = _sure_of(kind)
    return f"{cell} !~ '^({sure})$' and {fault}" if sure else fault


def _sure_of(kind: str) -> str:
    decimal = re.fullmatch(r"numeric\((\d+), (\d+)\)", kind)
    if decimal is None:
        return SURE.get(kind, "")
    whole = int(decimal[1]) - int(decimal[2]) - 1  # one less: what is rounded may need the place
    return f"-?[0-9]{{1,{whole}}}([.][0-9]*)?" if 0 < whole < 256 else ""
