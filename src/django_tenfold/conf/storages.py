"""Where uploads go, by URL, and static files with hashed names."""

from __future__ import annotations

from typing import Any

from django_tenfold.conf.addresses import parse_address, read_value
from django_tenfold.conf.variables import MalformedError

SCHEMES = {
    "file": "django.core.files.storage.FileSystemStorage",
    "memory": "django.core.files.storage.InMemoryStorage",
    "s3": "storages.backends.s3.S3Storage",
    "gs": "storages.backends.gcloud.GoogleCloudStorage",
    "azure": "storages.backends.azure_storage.AzureStorage",
}
KNOWN = ", ".join(SCHEMES)
HASHED = "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"
PLAIN = "django.contrib.staticfiles.storage.StaticFilesStorage"


def build_storage(url: str) -> dict[str, Any]:
    """The entry of STORAGES for uploads. Raises MalformedError, whose text never holds the URL."""
    address = parse_address(url, schemes=SCHEMES, known=KNOWN)
    options: dict[str, Any] = {name: read_value(value) for name, value in address.options.items()}
    if address.scheme == "file":
        if address.host or not address.path.strip("/"):
            raise MalformedError("names no folder: it is file:/// and the whole path")
        options = {"location": address.path, **options}
    elif address.scheme in ("s3", "gs", "azure"):
        if not address.host:
            raise MalformedError(f"names no bucket: it is {address.scheme}://bucket")
        options = {_BUCKET[address.scheme]: address.host, **options}
        if address.path.strip("/"):
            options["location"] = address.path.strip("/")
        if address.user:
            keys = _KEYS.get(address.scheme)
            if keys is None:
                raise MalformedError("holds a user, which its service does not take in the URL")
            options.update(zip(keys, (address.user, address.password), strict=True))
    return {"BACKEND": SCHEMES[address.scheme], **({"OPTIONS": options} if options else {})}


_BUCKET = {"s3": "bucket_name", "gs": "bucket_name", "azure": "azure_container"}
_KEYS = {"s3": ("access_key", "secret_key"), "azure": ("account_name", "account_key")}
