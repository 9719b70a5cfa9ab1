"""The id that ties together everything one request causes: log lines, SQL, tasks, the answer.

The edge makes it and sends it; what is not a plain token is replaced, so that nobody can write into logs,
headers or SQL comments through it.
"""

from __future__ import annotations

import re
from random import getrandbits

from django_tenfold.observability.record import current

accepts = re.compile(r"[A-Za-z0-9._-]{8,128}").fullmatch
"""Whether an id from outside is taken over."""


def make_request_id() -> str:
    """32 hexadecimal digits. It is a name, not a secret: the generator of `random`, which a fork seeds anew,
    costs a third of what uuid4 costs."""
    return f"{getrandbits(128):032x}"


def get_request_id() -> str:
    """Of the request or task that runs here, "" outside of both."""
    record = current.get()
    return record.request_id if record is not None else ""
