"""Tasks of Django's own kind; for Django 6.0 and later."""

from __future__ import annotations

from typing import Any

from django.tasks import task


@task
def double(number: int) -> int:
    return 2 * number


@task
def divide(number: int) -> float:
    return 1 / number


@task
def fetch() -> None:
    raise ConnectionError("down")


@task(takes_context=True)
async def tell_attempt(context: Any) -> int:
    return int(context.attempt)
