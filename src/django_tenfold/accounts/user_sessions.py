"""The sessions of one user: to show where an account is signed in, and to end them everywhere.

end_sessions(request.user, but=request.session.session_key)     # "sign out everywhere else"
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import router
from django.utils import timezone

from django_tenfold.accounts.models import Session

if TYPE_CHECKING:
    from django.db.models import QuerySet


def list_sessions(user: Any) -> QuerySet[Session]:
    """Those that have not expired, from the primary."""
    rows = Session.objects.using(router.db_for_write(Session))
    return rows.filter(user_id=user._meta.pk.value_to_string(user), expire_date__gt=timezone.now())


def end_sessions(user: Any, *, but: str | None = None) -> int:
    """Ends all of them but the one with the key `but`; how many. Every process knows within `stale_seconds`."""
    return int(list_sessions(user).exclude(pk=but).delete()[0])
