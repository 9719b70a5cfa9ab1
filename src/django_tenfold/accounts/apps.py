"""The accounts block: `INSTALLED_APPS += ["django_tenfold.accounts"]`."""

from __future__ import annotations

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "django_tenfold.accounts"
    label = "tenfold_accounts"
    verbose_name = "Accounts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from django_tenfold.accounts.checks import register_checks
        from django_tenfold.accounts.login_signals import connect_signals

        register_checks()
        connect_signals()
        self._install_triggers_after_migrate()

    def _install_triggers_after_migrate(self) -> None:
        from django.db.models.signals import post_migrate

        from django_tenfold.accounts.triggers import install_after_migrate

        post_migrate.connect(install_after_migrate, sender=self)
