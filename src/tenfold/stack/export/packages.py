"""Versions of what an export brings along: packages beside the project's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tenfold.stack.requirements import TABLE, pinned_version

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tenfold.stack.export.input import ExportInput

LIBRARIES = (
    # Python distribution -> what its shared objects need of Debian 12 at run time, where no wheel brings it.
    (("psycopg", "psycopg2", "psycopg-c"), ("libpq5",)),
    (("mysqlclient",), ("libmariadb3",)),
    (("python-magic",), ("libmagic1",)),
    (("weasyprint",), ("libpango-1.0-0", "libpangoft2-1.0-0", "libharfbuzz-subset0")),
    (("cairosvg", "cairocffi"), ("libcairo2",)),
    (("python-ldap", "django-auth-ldap"), ("libldap-2.5-0",)),
    (("xmlsec", "python3-saml", "djangosaml2"), ("libxmlsec1-openssl",)),
    (("pycurl",), ("libcurl4",)),
    (("gdal", "fiona"), ("libgdal32",)),
    (("pyzbar",), ("libzbar0",)),
)


def system_libraries(names: Iterable[str]) -> tuple[str, ...]:
    """Debian packages that the distributions among `names` need at run time."""
    known = set(names)
    return tuple(package for needing, packages in LIBRARIES if known & {*needing} for package in packages)


def requirement_lines(one: ExportInput) -> tuple[str, ...]:
    """Lines of requirements-stack.txt: the versions that `tenfold up` brings for the project's Python; without
    a version where none of them is made for one so old, or none is brought (Django itself)."""
    major, minor = (int(number) for number in one.python.split("."))
    bare = {name: name.partition("[")[0] for name in one.packaging.missing}
    pins = {name: pinned_version(key, (major, minor)) if key in TABLE else "" for name, key in bare.items()}
    return tuple(f"{name}=={version}" if version else name for name, version in pins.items())
