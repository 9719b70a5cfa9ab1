"""The request's user: from memory, as Django would have read it from the primary.

What memory cannot answer, another secret, a password that changed, an inactive user, a backend with a
`get_user` of its own, takes Django's way.
"""

from __future__ import annotations

import operator
import time
from typing import TYPE_CHECKING, Any

from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib import auth
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.backends import (
    AllowAllUsersModelBackend,
    AllowAllUsersRemoteUserBackend,
    ModelBackend,
)
from django.contrib.auth.models import AnonymousUser
from django.db import connections

from django_tenfold.accounts.committed import reads_committed
from django_tenfold.accounts.follower import follow
from django_tenfold.accounts.freshness import read_seen
from django_tenfold.accounts.memory_metrics import DATABASE, PROCESS, user_reads
from django_tenfold.accounts.remembered_relations import read_rows
from django_tenfold.accounts.remembered_user import (
    IMMUTABLE,
    RememberedUser,
    hashes_as_django,
    read_permissions,
)
from django_tenfold.accounts.settings import options

if TYPE_CHECKING:
    from django.http import HttpRequest

    from django_tenfold.accounts.follower import Follower

# The attributes that Django's own middleware keeps the user by: other packages read them.
_SYNC, _ASYNC = "_cached_user", "_acached_user"
_KEPT = "_tenfold_remembered_user"
_PERMISSION_METHODS = (
    "_get_permissions",
    "_get_user_permissions",
    "_get_group_permissions",
    "get_all_permissions",
)


def get_user(request: HttpRequest) -> Any:
    """The user of the request's session; read once for each request."""
    made = request.__dict__
    user = made.get(_SYNC)
    if user is None:
        user = made[_SYNC] = _find_or_read(request)
    return user


async def aget_user(request: HttpRequest) -> Any:
    """See get_user(); a thread is used only for what is not in memory."""
    made = request.__dict__
    user = made.get(_ASYNC)
    if user is None:
        if await request.session.aget(SESSION_KEY) is None:
            user = AnonymousUser()
        else:
            user = _find(request, request.session, wait=False) or await sync_to_async(_find_or_read)(request)
        made[_ASYNC] = user
    return user


def _find_or_read(request: HttpRequest) -> Any:
    return _find(request, request.session) or _read(request)


def _find(request: HttpRequest, session: Any, *, wait: bool = True) -> Any:
    """From memory; None where it has to be read. With `wait` its permissions may be read."""
    key = session.get(SESSION_KEY)
    if key is None:
        return AnonymousUser()
    follower = follow(auth.get_user_model())
    if not follower.is_current(read_seen(request)):
        return None
    kept: RememberedUser | None = follower.users.get(key)
    if kept is None or kept.backend != session.get(BACKEND_SESSION_KEY) or kept.until < time.monotonic():
        return None
    if not kept.verifies(session.get(HASH_SESSION_KEY)):
        return None
    if kept.wants_permissions and kept.permissions is None:
        if not wait:
            return None
        _add_permissions(kept, follower)
    request.__dict__[_KEPT] = kept
    user_reads.count(PROCESS)
    return kept.make_instance()


def _add_permissions(kept: RememberedUser, follower: Follower) -> None:
    """Of a user that was dropped meanwhile they are of no use to anybody, and of no harm."""
    if reads_committed(follower.alias):
        backend = auth.load_backend(kept.backend)
        kept.permissions = read_permissions(kept.make_instance(), backend, follower.alias)


def note_permissions(request: HttpRequest) -> None:
    """At the end of a request: if its user was asked for permissions, they are kept from the next one on."""
    made = request.__dict__
    kept = made.get(_KEPT)
    if kept is None or kept.wants_permissions:
        return
    users = (made.get(_SYNC), made.get(_ASYNC))
    if any(user is not None and "_user_perm_cache" in user.__dict__ for user in users):
        kept.wants_permissions = all(map(_keeps_permissions, settings.AUTHENTICATION_BACKENDS))


def _keeps_permissions(path: str) -> bool:
    """Whether a backend keeps permissions on the user as Django's does, or keeps none there."""
    backend = type(auth.load_backend(path))
    own = (getattr(backend, name, None) for name in _PERMISSION_METHODS)
    djangos = (getattr(ModelBackend, name) for name in _PERMISSION_METHODS)
    return not issubclass(backend, ModelBackend) or all(map(operator.is_, own, djangos))


# Reading


def _read(request: HttpRequest) -> Any:
    """From the primary, and into memory if others may have it."""
    session = request.session
    key, path = session.get(SESSION_KEY), session.get(BACKEND_SESSION_KEY)
    if key is None or path not in settings.AUTHENTICATION_BACKENDS:
        return AnonymousUser()
    backend, model = auth.load_backend(path), auth.get_user_model()
    if not is_rememberable(type(backend), path):
        return auth.get_user(request)
    user_reads.count(DATABASE)
    follower = follow(model)
    trusted, generation = follower.is_current(), follower.users.generation
    user = _read_from_primary(backend, model._meta.pk.to_python(key), follower.alias)
    if user is None or not verify_session(session, user):
        return AnonymousUser()
    if trusted and _is_known_by(user, key, follower.alias) and reads_committed(follower.alias):
        rows = read_rows(user, follower.alias, IMMUTABLE)
        kept = RememberedUser(user, path, follower, rows)
        follower.users.put(key, kept, generation)
        request.__dict__[_KEPT] = kept
    return user


def _read_from_primary(backend: Any, pk: Any, alias: str) -> Any:
    """As the backend reads it, but for the database that it is read from."""
    model = auth.get_user_model()
    if type(backend).get_user is not ModelBackend.get_user:
        user = backend.get_user(pk)
        if not isinstance(user, model):
            return None
        if user._state.db != alias:
            user.refresh_from_db(using=alias)
        return user if getattr(backend, "user_can_authenticate", lambda _: True)(user) else None
    user = model._default_manager.using(alias).filter(pk=pk).first()
    return user if user is not None and backend.user_can_authenticate(user) else None


def _is_known_by(user: Any, key: str, alias: str) -> bool:
    """Whether the change log knows the user by the key that the session has, and nothing but its row counts."""
    stored = user._meta.pk.get_db_prep_value(user.pk, connections[alias])
    model = auth.get_user_model()
    return type(user) is model and hashes_as_django(model) and str(stored) == key


def is_rememberable(backend: type, path: str) -> bool:
    """Whether what the backend gives depends on nothing but the user's row: it is Django's, or was named."""
    if path in options().remembered_backends:
        return True
    mine = getattr(backend, "get_user", None), getattr(backend, "user_can_authenticate", None)
    return mine[0] is ModelBackend.get_user and mine[1] in _DECIDES


_DECIDES = (
    ModelBackend.user_can_authenticate,
    AllowAllUsersModelBackend.user_can_authenticate,
    AllowAllUsersRemoteUserBackend.user_can_authenticate,
)


def verify_session(session: Any, user: Any) -> bool:
    """As Django's `get_user` does: a session signed with an old secret is renewed, any other is ended."""
    if not hasattr(user, "get_session_auth_hash"):
        return True
    held, now = session.get(HASH_SESSION_KEY), user.get_session_auth_hash()
    if held and auth.constant_time_compare(held, now):
        return True
    if held and any(auth.constant_time_compare(held, old) for old in user.get_session_auth_fallback_hash()):
        session.cycle_key()
        session[HASH_SESSION_KEY] = now
        return True
    session.flush()
    return False
