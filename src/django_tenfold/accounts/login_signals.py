"""Logins by other means than a password: the account knows that network from then on."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.signals import user_logged_in

from django_tenfold.accounts.backends import SETTLED
from django_tenfold.accounts.client_network import find_client_network
from django_tenfold.accounts.login_throttle import welcome
from django_tenfold.accounts.settings import options


def connect_signals() -> None:
    user_logged_in.connect(_welcome, dispatch_uid="tenfold_accounts.welcome")


def _welcome(sender: Any, user: Any, request: Any = None, **_: Any) -> None:
    now = options()
    if now.login_throttle and not getattr(user, SETTLED, False):
        welcome(user.get_username(), find_client_network(request, trusted_proxies=now.trusted_proxies))
