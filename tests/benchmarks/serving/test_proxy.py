from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def test_proxy_by_hand_keeps_connections_and_speaks_tls(tmp_path: Path) -> None:
    from serving.proxy import render_nginx

    text = render_nginx("127.0.0.1:8000", 24_000, folder=tmp_path, certificates=tmp_path / "edge")
    assert "upstream application { server 127.0.0.1:8000; keepalive 64; }" in text
    assert "listen 127.0.0.1:24000 ssl;" in text
    assert f"ssl_certificate {tmp_path}/edge/certificate.pem;" in text
    assert text.count("{") == text.count("}")
