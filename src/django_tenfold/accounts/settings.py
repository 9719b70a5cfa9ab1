"""The options of the accounts block: `TENFOLD_ACCOUNTS = {...}` in a project's settings."""

from __future__ import annotations

from dataclasses import dataclass

from django_tenfold.conf.options import BlockOptions, option


@dataclass(frozen=True, slots=True)
class AccountsOptions:
    # Logins
    login_throttle: bool = option(True, "Whether failed logins are counted and slowed down.")
    login_cache: str = option("default", "The alias in CACHES that holds the counters of logins and mails.")
    login_window: int = option(
        3600, "Seconds after which the counters of an attack start again.", at_least=60
    )
    login_free_failures: int = option(
        5, "Failures of one account from one network before it has to wait.", at_least=1
    )
    login_wait_first: int = option(1, "Seconds of the first wait; each failure doubles it.", at_least=1)
    login_wait_most: int = option(900, "Seconds that one network waits at most for one account.", at_least=1)
    login_account_free_failures: int = option(
        50,
        "Failures of one account from all networks that it is not known at, before those wait.",
        at_least=1,
    )
    login_account_wait_most: int = option(
        60, "Seconds that unknown networks wait at most for one account.", at_least=1
    )
    login_network_free_failures: int = option(
        100, "Failures of one network over all accounts before it has to wait.", at_least=1
    )
    login_network_wait_most: int = option(
        300, "Seconds that one network waits at most, whatever the account.", at_least=1
    )
    login_known_days: int = option(
        30, "Days that a network stays known to an account that logged in from it.", at_least=1
    )
    trusted_proxies: int = option(
        0,
        "How many proxies of yours stand before Django and add to X-Forwarded-For; 0 takes REMOTE_ADDR.",
        at_least=0,
    )
    # Mails
    mail_per_account: int = option(5, "Reset and confirmation mails to one address in an hour.", at_least=1)
    mail_per_network: int = option(
        20, "Reset and confirmation mails asked for by one network in an hour.", at_least=1
    )
    mail_to_unknown: bool = option(
        True,
        "Whether a reset asked for an address without an account is answered there by mail: the page then takes"
        " the same time for both.",
    )
    email_token_hours: int = option(24, "Hours that the link to confirm an address can be used.", at_least=1)
    # Sessions and the request's user from memory
    memory: str = option(
        "auto",
        'Whether a process remembers sessions and users; "auto": but for test runs of Django.',
        choices=("auto", "always", "never"),
    )
    remembered_sessions: int = option(20_000, "Sessions that a process remembers at most.", at_least=1)
    remembered_users: int = option(20_000, "Users that a process remembers at most.", at_least=1)
    poll_seconds: float = option(
        0.25, "How often each process asks the database for what has changed.", at_least=0.05, at_most=0.8
    )
    stale_seconds: float = option(
        1.0, "What was heard longer ago is not relied on: the database is asked.", at_least=0.2, at_most=5
    )
    idle_seconds: float = option(
        60.0, "Without a request for so long, a process stops asking what has changed.", at_least=1
    )
    log_seconds: float = option(
        600.0,
        "How long the change log is kept: a session in the shared cache is read again from the database then.",
        at_least=60,
    )
    touch_seconds: int = option(
        300, "A session that is extended by less than this is not written.", at_least=0
    )
    cache_rest_seconds: float = option(
        2.0, "How long a cache that failed is left alone before one request tries it again.", at_least=0.1
    )
    remembered_backends: tuple[str, ...] = option(
        (), "Authentication backends with a `get_user` of their own whose users may be remembered."
    )
    user_also: tuple[str, ...] = option(
        (), 'Fields that lead to the user, "shop.Profile.user": a change there drops the remembered user.'
    )
    user_with: tuple[str, ...] = option(
        (),
        'One-to-one relations to the user ("profile") that are read and remembered with it, for `request.user.profile`'
        " without a query. Run `migrate` afterwards.",
    )


options = BlockOptions("TENFOLD_ACCOUNTS", AccountsOptions)
