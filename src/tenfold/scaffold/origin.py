"""Where an installed distribution came from, as pip is told it: for one that no registry has.

https://packaging.python.org/en/latest/specifications/direct-url/
"""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import unquote, urlsplit


def read_origin(direct_url: str | None) -> str:
    """The argument with which pip finds the same distribution again, "" when a registry has it.

    `direct_url` is the text of the distribution's direct_url.json, None without one. A folder or file is given
    as its path.
    """
    if direct_url is None:
        return ""
    try:
        told: Any = json.loads(direct_url)
        url = str(told["url"])
        repository = told.get("vcs_info")
        if repository is not None:
            inside = f"#subdirectory={told['subdirectory']}" if told.get("subdirectory") else ""
            return f"{repository['vcs']}+{url}@{repository['commit_id']}{inside}"
    except (ValueError, KeyError, TypeError, AttributeError):
        return ""
    split = urlsplit(url)
    return unquote(split.path) if split.scheme == "file" else url
