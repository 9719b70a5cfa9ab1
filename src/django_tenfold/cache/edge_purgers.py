"""Tell Varnish, Fastly or Cloudflare to drop what shows the tags, by HTTP: what `edge_purger` can name.

Each takes tags as they stand in the header of the option `edge_header`, and raises OSError when the edge does not
confirm. One of a project's own is a function of that kind, in any module.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from urllib.request import Request, urlopen

from django_tenfold.cache.settings import options

if TYPE_CHECKING:
    from collections.abc import Mapping

MOST_TAGS = 100
"""In one request: Cloudflare takes as many, Fastly 256.
https://developers.cloudflare.com/cache/how-to/purge-cache/purge-by-tags/
https://www.fastly.com/documentation/reference/api/purging/"""
SECONDS = 5.0
"""Until an edge has answered."""


def purge_varnish(tags: tuple[str, ...]) -> None:
    """PURGE with the header `xkey-purge`, which the VCL hands to xkey.purge().

    https://github.com/varnish/varnish-modules/blob/master/src/vmod_xkey.vcc
    """
    _send("PURGE", {"xkey-purge": " ".join(tags)})


def purge_fastly(tags: tuple[str, ...]) -> None:
    """`edge_url`: https://api.fastly.com/service/<id>/purge, `edge_token`: a token that may purge."""
    _send("POST", {"Surrogate-Key": " ".join(tags), "Fastly-Key": options().edge_token})


def purge_cloudflare(tags: tuple[str, ...]) -> None:
    """`edge_url`: https://api.cloudflare.com/client/v4/zones/<id>/purge_cache, `edge_token`: one for its cache."""
    headers = {"Authorization": f"Bearer {options().edge_token}", "Content-Type": "application/json"}
    answer = _send("POST", headers, json.dumps({"tags": tags}).encode())
    if not json.loads(answer or b"{}").get("success"):
        raise OSError(f"Cloudflare did not purge: {answer[:200]!r}")


def _send(method: str, headers: Mapping[str, str], body: bytes | None = None) -> bytes:
    """Raises OSError for any answer but 2xx: urllib's HTTPError is one."""
    request = Request(options().edge_url, data=body, headers=dict(headers), method=method)
    with urlopen(request, timeout=SECONDS) as answer:
        told: bytes = answer.read(10_000)
    return told
