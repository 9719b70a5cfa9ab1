"""What the wrappers before Django have in common: the pages of this process, and how one is made of an answer."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from django.core.signals import setting_changed

from django_tenfold.cache.cache_metrics import AnswerCounter
from django_tenfold.cache.front import rules
from django_tenfold.cache.kept_pages import KeptPage, KeptPages, choose_unchanged
from django_tenfold.cache.settings import options
from django_tenfold.cache.version_checks import prepare_check

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from django_tenfold.cache.front.slot import Slot

logger = logging.getLogger("django_tenfold.cache")
REQUEST_ID = r"[A-Za-z0-9._-]{8,128}"
"""What is taken for an id that the edge gave."""
_CHANGING = frozenset(
    {
        "ALLOWED_HOSTS",
        "CACHES",
        "TENFOLD_CACHE",
        "MIDDLEWARE",
        "ROOT_URLCONF",
        "TENFOLD_OBSERVABILITY",
        "USE_I18N",
    }
)
"""Settings that tests change; other processes begin with theirs."""


class Front:
    def __init__(self, application: Callable[..., Any]) -> None:
        self.application = application
        self.headers: tuple[str, ...] = ()
        """That the answers of all paths are told apart by."""
        self._pages: KeptPages | None = None
        setting_changed.connect(self._forget)

    @property
    def pages(self) -> KeptPages:
        """Made with the first request: the settings are there then."""
        pages = self._pages
        if pages is None:
            obstacle = rules.find_obstacle()
            if obstacle:
                logger.warning("No page is answered before Django: %s.", obstacle)
            self.headers = rules.name_headers()
            pages = self._pages = KeptPages(0 if obstacle else options().front_bytes)
        return pages

    def _forget(self, *, setting: str, **_: object) -> None:
        if setting in _CHANGING:
            self._pages = None


def is_to_keep(slot: Slot, status: int, headers: Sequence[tuple[str, str]]) -> bool:
    """Whether Django's answer, with headers as text, is a kept page as a whole."""
    if slot.entry is None or slot.policy is None or status != slot.entry.value[0]:
        return False
    return rules.may_be_kept(slot.policy, headers)


def make_page(slot: Slot, headers: Sequence[tuple[str, str]], body: bytes) -> KeptPage:
    """Of an answer that is to keep; all as text."""
    assert slot.entry is not None
    assert slot.policy is not None
    kept = rules.choose_headers(headers, body)
    told = {name.lower(): value for name, value in headers}
    id_header = rules.name_id_header() if rules.trusts_ids() else ""
    counted = rules.counts_requests()
    return KeptPage(
        check=prepare_check(slot.entry),
        until=slot.entry.soft,
        etag=told.get("etag", ""),
        headers=kept,
        headers_unchanged=choose_unchanged(kept),
        body=body,
        refused_cookies=rules.name_refused_cookies(slot.policy),
        id_header=id_header if id_header and id_header.lower() in told else "",
        count_full=AnswerCounter(slot.view, 200, as_requests=counted),
        count_unchanged=AnswerCounter(slot.view, 304, as_requests=counted),
    )
