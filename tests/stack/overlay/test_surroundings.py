from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tenfold.stack.inspected import Inspected
from tenfold.stack.overlay.surroundings import (
    file_parts,
    host_parts,
    logging_parts,
    mail_parts,
    storage_parts,
)
from tests.stack.example_site import make_shape, make_site

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tenfold.stack.overlay.parts import Part
    from tenfold.stack.site import Site

S3 = "storages.backends.s3.S3Storage"
SMTP = "django.core.mail.backends.smtp.EmailBackend"


def site_with(facts: dict[str, Any], *names: str, site: dict[str, Any] | None = None, **shape: Any) -> Site:
    given = {"INSTALLED_APPS": ["django.contrib.staticfiles"], "STATIC_URL": "/static/", **facts}
    inspected = Inspected(django="5.2", facts=given, names=frozenset((*names, *facts)))
    return make_site(shape=make_shape(inspected=inspected, **shape), **(site or {}))


def made(parts: Iterable[Part]) -> dict[str, Any]:
    return {".".join(one.path): one.value for part in parts for one in part.operations}


def test_the_project_answers_at_the_edges_address_over_its_tls() -> None:
    found = made(host_parts(site_with({"ALLOWED_HOSTS": ["shop.example.com"]})))
    assert found["ALLOWED_HOSTS"] == ["localhost", "127.0.0.1", "[::1]"]
    assert found["CSRF_TRUSTED_ORIGINS"] == ["https://localhost:20443"]
    assert found["SECURE_PROXY_SSL_HEADER"] == ("HTTP_X_FORWARDED_PROTO", "https")
    assert found["DEBUG"] is False
    assert "USE_X_FORWARDED_HOST" not in found


def test_a_key_is_set_only_where_the_settings_have_none() -> None:
    assert made(host_parts(site_with({"HAS_SECRET": False})))["SECRET_KEY"] == "django-secret"
    assert "SECRET_KEY" not in made(host_parts(site_with({"HAS_SECRET": True})))


def test_what_would_lock_localhost_out_is_taken_back() -> None:
    facts = {"ALLOWED_HOSTS": ["*"], "SESSION_COOKIE_DOMAIN": ".example.com", "SECURE_HSTS_SECONDS": 2592000}
    found = made(host_parts(site_with(facts)))
    assert "ALLOWED_HOSTS" not in found
    assert (found["SESSION_COOKIE_DOMAIN"], found["SECURE_HSTS_SECONDS"]) == (None, 0)
    assert "CSRF_COOKIE_DOMAIN" not in found


def test_files_are_collected_and_uploaded_below_the_stacks_folder() -> None:
    found = made(file_parts(site_with({"MEDIA_URL": "/media/"}, media_url="/media/")))
    assert found == {"STATIC_ROOT": "/srv/shop/.tenfold/static", "MEDIA_ROOT": "/srv/shop/.tenfold/media"}


def test_static_files_that_stand_built_in_the_repository_stay_where_they_are() -> None:
    assert "STATIC_ROOT" not in made(file_parts(site_with({}, static_built=True)))


def test_files_that_the_repository_keeps_in_its_static_root_are_collected_too() -> None:
    found = made(file_parts(site_with({}, static_source="/srv/shop/static")))
    assert found["STATICFILES_DIRS"] == ["/srv/shop/static"]


def test_a_static_url_of_another_host_is_served_here() -> None:
    assert made(file_parts(site_with({"STATIC_URL": "https://cdn.example.com/"})))["STATIC_URL"] == "/static/"


def test_files_in_s3_come_to_the_stacks_own() -> None:
    storages = {"default": {"BACKEND": S3, "OPTIONS": {"custom_domain": "cdn.example.com"}}}
    found = made(storage_parts(site_with({"STORAGES": storages}, object_storage=True)))
    assert found["AWS_S3_ENDPOINT_URL"] == "http://127.0.0.1:20900"
    assert found["STORAGES.default.OPTIONS.custom_domain"] is None
    assert "STORAGES.default.OPTIONS.bucket_name" not in found


def test_files_in_s3_come_to_a_folder_where_the_stack_has_no_storage() -> None:
    storages = {"default": {"BACKEND": S3}}
    site = site_with({"STORAGES": storages}, object_storage=True)
    without = replace(site, ports={name: port for name, port in site.ports.items() if name != "storage"})
    found = made(storage_parts(without))
    assert found == {"STORAGES.default": {"BACKEND": "django.core.files.storage.FileSystemStorage"}}


def test_static_files_in_s3_are_served_by_the_edge() -> None:
    facts = {"STATICFILES_STORAGE": "storages.backends.s3boto3.S3ManifestStaticStorage"}
    found = made(storage_parts(site_with(facts)))
    assert found == {"STATICFILES_STORAGE": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"}


def test_local_storages_of_any_name_are_left_alone() -> None:
    storages = {
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
        "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
        "own": {"BACKEND": "shop.web2.LocalStorage"},
    }
    assert not list(storage_parts(site_with({"STORAGES": storages})))


def test_letters_go_to_the_sink_only_when_they_were_sent_by_smtp() -> None:
    found = made(mail_parts(site_with({"EMAIL_BACKEND": SMTP})))
    assert (found["EMAIL_HOST"], found["EMAIL_PORT"], found["EMAIL_USE_TLS"]) == ("127.0.0.1", 20025, False)
    console = "django.core.mail.backends.console.EmailBackend"
    assert not list(mail_parts(site_with({"EMAIL_BACKEND": console})))
    assert not list(mail_parts(site_with({"EMAIL_BACKEND": SMTP}, site={"config": {"without": ("mail",)}})))


def test_mailers_are_pointed_at_the_sink_and_the_older_settings_not_set_beside_them() -> None:
    found = made(mail_parts(site_with({"MAILERS": {"default": {"BACKEND": SMTP}}, "EMAIL_BACKEND": SMTP})))
    assert found["MAILERS.default.OPTIONS.port"] == 20025
    assert "EMAIL_HOST" not in found


def test_a_console_handler_is_added_only_where_there_is_none() -> None:
    stream = {"version": 1, "handlers": {"console": {"class": "logging.StreamHandler"}}}
    assert not list(logging_parts(site_with({"LOGGING": stream})))
    found = made(logging_parts(site_with({"LOGGING": {"version": 1, "handlers": {"db": {"class": "x.Db"}}}})))
    assert found["LOGGING.root.handlers"] == ["tenfold_console"]
    assert "LOGGING.version" not in found
    assert made(logging_parts(site_with({"LOGGING": {}})))["LOGGING.version"] == 1


def test_a_root_logger_of_the_older_form_gets_the_handler() -> None:
    logging = {"version": 1, "handlers": {}, "loggers": {"": {"handlers": []}}}
    found = made(logging_parts(site_with({"LOGGING": logging})))
    assert "LOGGING.loggers..handlers" in found
    assert "LOGGING.root.handlers" not in found
