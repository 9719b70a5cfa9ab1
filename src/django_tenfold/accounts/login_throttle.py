"""How many passwords may be tried, by whom, for which account.

Three things are counted, each attempt before its password is hashed:

- the pair of account and network, strictly: 5 failures, then a wait that doubles up to 15 minutes;
- the account over all networks, mildly: 50, then up to 1 minute. Never longer, since strangers could otherwise
  keep its owner out, and never for a network that the account has logged in from before;
- the network over all accounts: 100, then up to 5 minutes; not for pairs that have logged in before.

Whoever has to wait is refused without being counted: the wait does not grow by knocking. When it is over, one
attempt passes, and of many at the same moment only one. Counting first and taking back on success is what
makes a burst of parallel guesses as slow as one after the other.

Why pairs, and why known networks are let through:
https://owasp.org/www-community/Slow_Down_Online_Guessing_Attacks_with_Device_Cookies
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING

from django_tenfold.accounts.attempt_store import AttemptStore
from django_tenfold.accounts.email_address import fold_address
from django_tenfold.accounts.settings import options

if TYPE_CHECKING:
    from django_tenfold.accounts.settings import AccountsOptions

DAY = 86_400
HOUR = 3_600

store = AttemptStore(lambda: options().login_cache)
"""One for the process: it remembers that the cache failed, and counts in its place."""


@dataclass(frozen=True, slots=True)
class Scope:
    """One thing that is counted: its keys, how many failures are free, seconds that it waits at most."""

    name: str
    counter: str
    wait: str
    free: int
    most: int


@dataclass(frozen=True, slots=True)
class Attempt:
    """An attempt that may go on: what it was counted in, and the waits that it has set for those after it."""

    counted: tuple[Scope, ...]
    waits: tuple[str, ...]
    known: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """An attempt that may not: whole seconds to wait, and for whose sake (pair, account or network)."""

    seconds: int
    scope: str


def begin_attempt(login: str, network: str) -> Attempt | Refusal:
    """Count an attempt before its password is looked at. `network` may be unknown ("")."""
    now = options()
    account = _digest(fold_address(login))
    known = _known_key(account, network) if network else ""
    scopes = _scopes(account, network, now)
    found = store.read([*(one.wait for one in scopes), *([known] if known else [])])
    if known in found:
        scopes = scopes[:1]  # its own pair
    waiting = [(found[one.wait], one.name) for one in scopes if one.wait in found]
    if waiting:
        until, name = max(waiting)
        return Refusal(_seconds_until(until), name)
    return _count_attempt(scopes, known, now)


def settle_success(attempt: Attempt) -> None:
    """The password was right: take the attempt back, forget the pair's failures, know the network from now on."""
    gone = [*attempt.waits]
    for scope in attempt.counted:
        if scope.name == "pair":
            gone += [scope.counter, scope.wait]
        else:
            store.uncount(scope.counter)
    if gone:
        store.forget(gone)
    if attempt.known:
        store.keep(attempt.known, 1, options().login_known_days * DAY)


def take_back(attempt: Attempt) -> None:
    """Nothing was learned of the password (the database failed): as if it had not been tried."""
    for scope in attempt.counted:
        store.uncount(scope.counter)
    if attempt.waits:
        store.forget(attempt.waits)


def welcome(login: str, network: str) -> None:
    """Somebody logged in by other means (a link, another provider): what `settle_success` does for passwords."""
    if not network:
        return
    account, now = _digest(fold_address(login)), options()
    pair = _scopes(account, network, now)[0]
    store.forget([pair.counter, pair.wait])
    store.keep(_known_key(account, network), 1, now.login_known_days * DAY)


def may_send_mail(address: str, network: str) -> bool:
    """Whether one more mail that a stranger can ask for may go to the address; counts it."""
    now = options()
    account = store.count(f"tenfold:mail:account:{_digest(fold_address(address))}", HOUR)
    if not network:
        return account <= now.mail_per_account
    return (
        store.count(f"tenfold:mail:network:{network}", HOUR) <= now.mail_per_network
        and account <= now.mail_per_account
    )


def wait_after(count: int, *, free: int, first: int, most: int) -> int:
    """Seconds to wait after attempt number `count`, of which `free` need not: first, then doubled up to most."""
    return min(most, first << min(max(count - free, 0), 20))


def _scopes(account: str, network: str, now: AccountsOptions) -> list[Scope]:
    whole = _scope("account", account, free=now.login_account_free_failures, most=now.login_account_wait_most)
    if not network:
        return [whole]  # a "pair" of all strangers together would let them lock the account
    return [
        _scope("pair", f"{account}:{network}", free=now.login_free_failures, most=now.login_wait_most),
        whole,
        _scope("network", network, free=now.login_network_free_failures, most=now.login_network_wait_most),
    ]


def _scope(name: str, of: str, *, free: int, most: int) -> Scope:
    return Scope(name, f"tenfold:login:count:{name}:{of}", f"tenfold:login:wait:{name}:{of}", free, most)


def _known_key(account: str, network: str) -> str:
    return f"tenfold:login:known:{account}:{network}"


def _count_attempt(scopes: list[Scope], known: str, now: AccountsOptions) -> Attempt | Refusal:
    waits: list[str] = []
    for place, scope in enumerate(scopes, 1):
        count = store.count(scope.counter, now.login_window)
        if count < scope.free:
            continue
        seconds = wait_after(count, free=scope.free, first=now.login_wait_first, most=scope.most)
        if not store.claim(scope.wait, time.time() + seconds, seconds):
            take_back(Attempt(tuple(scopes[:place]), tuple(waits), known))
            return Refusal(seconds, scope.name)
        waits.append(scope.wait)
    return Attempt(tuple(scopes), tuple(waits), known)


def _seconds_until(moment: float) -> int:
    return max(1, math.ceil(moment - time.time()))


def _digest(text: str) -> str:
    """No address stands in the cache, and no key is too long for memcached."""
    return blake2b(text.encode(), digest_size=12).hexdigest()
