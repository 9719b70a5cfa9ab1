from __future__ import annotations

import pytest
from django.core.files.storage import storages
from django.test import override_settings

from django_tenfold.conf.storages import build_storage
from django_tenfold.conf.variables import MalformedError


def test_a_bucket_is_named_by_the_url_and_its_options_are_passed_on() -> None:
    entry = build_storage("s3://key:se%2Fcret@media/up%20loads?region_name=eu-1&querystring_auth=false")
    assert entry == {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": "media",
            "location": "up loads",
            "access_key": "key",
            "secret_key": "se/cret",
            "region_name": "eu-1",
            "querystring_auth": False,
        },
    }
    assert build_storage("s3://media")["OPTIONS"] == {"bucket_name": "media"}


@pytest.mark.parametrize(
    ("url", "entry"),
    [
        (
            "file:///var/my%20media?base_url=/m/",
            {
                "BACKEND": "django.core.files.storage.FileSystemStorage",
                "OPTIONS": {"location": "/var/my media", "base_url": "/m/"},
            },
        ),
        ("memory:", {"BACKEND": "django.core.files.storage.InMemoryStorage"}),
        (
            "gs://media",
            {"BACKEND": "storages.backends.gcloud.GoogleCloudStorage", "OPTIONS": {"bucket_name": "media"}},
        ),
        (
            "azure://name:key@media",
            {
                "BACKEND": "storages.backends.azure_storage.AzureStorage",
                "OPTIONS": {"azure_container": "media", "account_name": "name", "account_key": "key"},
            },
        ),
    ],
)
def test_other_storages_are_made_by_their_scheme(url: str, entry: object) -> None:
    assert build_storage(url) == entry


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("s3:///path", "names no bucket"),
        ("file://var/media", "names no folder"),
        ("file:///", "names no folder"),
        ("gs://user@media", "which its service does not take"),
        ("ftp://h", "scheme that is not known"),
    ],
)
def test_what_is_no_storage_is_told(url: str, why: str) -> None:
    with pytest.raises(MalformedError, match=why):
        build_storage(url)


def test_django_makes_the_storage_of_the_entry() -> None:
    entry = build_storage("s3://key:secret@media?endpoint_url=http://127.0.0.1:9&addressing_style=path")
    with override_settings(STORAGES={"default": entry}):
        made = storages["default"]
    assert (made.bucket_name, made.access_key, made.endpoint_url) == ("media", "key", "http://127.0.0.1:9")  # type: ignore[attr-defined]
