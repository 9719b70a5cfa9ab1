from __future__ import annotations

from tenfold.stack.overlay.parts import Operation, set_part


def test_a_tuple_is_told_apart_from_a_list_that_json_would_make_of_it() -> None:
    part = set_part("SECURE_PROXY_SSL_HEADER", ("HTTP_X_FORWARDED_PROTO", "https"), "TLS ends at the edge")
    assert part.operations[0].encode()["do"] == "tuple"
    assert Operation(("ALLOWED_HOSTS",), ["localhost"]).encode()["do"] == "set"
