"""The options of this block: `TENFOLD_CONF = {...}`."""

from __future__ import annotations

from dataclasses import dataclass

from django_tenfold.conf.options import BlockOptions, option


@dataclass(frozen=True, slots=True)
class ConfOptions:
    shipped_files: tuple[str, ...] = option(
        (".env.example", ".env.sample", ".env.template", "env.example"),
        "Files of the repository, by their place from the folder that the process runs in, whose SECRET_KEY may"
        " not serve: everyone knows it.",
    )
    server_timeout: float | None = option(
        None,
        "Seconds after which the application server ends a request; None: as `--timeout` of gunicorn's arguments"
        " or GUNICORN_CMD_ARGS says.",
        at_least=1,
    )


options = BlockOptions("TENFOLD_CONF", ConfOptions)
