"""`manage.py drain on|off|status`: take this host out of service and back, without stopping anything."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError

from django_tenfold.observability.draining import drain_path, is_draining, start_draining, stop_draining

if TYPE_CHECKING:
    from argparse import ArgumentParser


class Command(BaseCommand):
    help = "Makes /readyz say 503 on this host (on), 200 again (off), or says which it is (status)."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("state", choices=("on", "off", "status"))

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            if options["state"] == "on":
                start_draining()
            elif options["state"] == "off":
                stop_draining()
        except OSError as problem:
            raise CommandError(f"The drain file cannot be changed: {problem}") from problem
        state = "draining" if is_draining() else "in service"
        self.stdout.write(f"{state} ({drain_path()})")
