"""Settings of what stands around the application: hosts, proxy, files, storage, mail, logging."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tenfold.stack.addresses import LOOPBACK, public_url
from tenfold.stack.endpoints import BUCKET, endpoints_of
from tenfold.stack.overlay.parts import ADD, Operation, Part, set_part
from tenfold.stack.plan import Change

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenfold.stack.site import Site

HOSTS = ("localhost", LOOPBACK, "[::1]")
SMTP = "django.core.mail.backends.smtp.EmailBackend"
FILES = "django.core.files.storage.FileSystemStorage"
STATIC = "django.contrib.staticfiles.storage."
_REMOTE = re.compile(
    r"\bs3|s3\b|s3boto|gcloud|googlecloud|azure|dropbox|digitalocean|cloudinary|minio|backblaze"
)
"""In the dotted name of a storage backend: its files are on another host."""
FORMAT = "%(asctime)s %(levelname)s %(name)s %(message)s"
CONSOLE = "tenfold_console"


def host_parts(site: Site) -> Iterator[Part]:
    """What makes the project answer at the edge's address, over TLS that ends at the edge."""
    inspected = site.shape.inspected
    if inspected.facts.get("HAS_SECRET") is False:
        why = "the settings have none; made once, kept in .tenfold/secrets.json"
        yield set_part("SECRET_KEY", site.secrets["django"], why, shown="***")
    yield set_part("DEBUG", False, "as in production, whatever the settings say")
    if "*" not in inspected.items("ALLOWED_HOSTS"):
        change = Change("ALLOWED_HOSTS", "+ localhost", "the names that the edge is reached by")
        yield Part(change, (Operation(("ALLOWED_HOSTS",), list(HOSTS), ADD),))
    origin = public_url(site).rstrip("/")
    trusted = origin if site.shape.django >= (4, 0) else origin.partition("://")[2]
    change = Change("CSRF_TRUSTED_ORIGINS", f"+ {trusted}", "forms are sent from the edge's address")
    yield Part(change, (Operation(("CSRF_TRUSTED_ORIGINS",), [trusted], ADD),))
    header = ("HTTP_X_FORWARDED_PROTO", "https")
    yield set_part("SECURE_PROXY_SSL_HEADER", header, "TLS ends at the edge, which sets the header itself")
    for name in ("SESSION_COOKIE_DOMAIN", "CSRF_COOKIE_DOMAIN", "SECURE_SSL_HOST"):
        if inspected.facts.get(name):
            yield set_part(name, None, f"{inspected.facts[name]} is not where this stack is reached")
    if inspected.facts.get("SECURE_HSTS_SECONDS"):
        why = "browsers would refuse plain HTTP for every other project on localhost, for as long as it says"
        yield set_part("SECURE_HSTS_SECONDS", 0, why)
    if "PREPEND_WWW" in inspected.names:
        yield set_part("PREPEND_WWW", False, "there is no www.localhost")


def file_parts(site: Site) -> Iterator[Part]:
    """Collected and uploaded files below .tenfold, where the edge serves them from."""
    shape, inspected = site.shape, site.shape.inspected
    if "django.contrib.staticfiles" in inspected.items("INSTALLED_APPS"):
        yield from _static(site)
    yield set_part(
        "MEDIA_ROOT", site.path("media"), "uploads stay out of the project", shown=".tenfold/media"
    )
    url = inspected.text("MEDIA_URL")
    if shape.media_url and url != shape.media_url:
        yield set_part("MEDIA_URL", shape.media_url, "the edge serves them")


def _static(site: Site) -> Iterator[Part]:
    shape, inspected = site.shape, site.shape.inspected
    if not inspected.text("STATIC_URL").startswith("/") or inspected.text("STATIC_URL").startswith("//"):
        yield set_part("STATIC_URL", shape.static_url, "the edge serves them")
    if shape.static_built:
        return
    why = "collected there; the edge serves them"
    yield set_part("STATIC_ROOT", site.path("static"), why, shown=".tenfold/static")
    if shape.static_source:
        change = Change("STATICFILES_DIRS", f"+ {shape.static_source}", "the repository keeps files there")
        yield Part(change, (Operation(("STATICFILES_DIRS",), [shape.static_source], ADD),))
    if "COMPRESS_ROOT" in inspected.names:
        yield set_part(
            "COMPRESS_ROOT", site.path("static"), "beside what it compresses", shown=".tenfold/static"
        )


def storage_parts(site: Site) -> Iterator[Part]:
    """Files on another host come to the stack's own S3, or into the media folder."""
    inspected = site.shape.inspected
    entries = dict(inspected.entries("STORAGES"))
    old = {"default": "DEFAULT_FILE_STORAGE", "staticfiles": "STATICFILES_STORAGE"}
    for alias, name in old.items():
        if inspected.text(name) and alias not in entries:
            entries[alias] = {"BACKEND": inspected.text(name)}
    remote = {a: e for a, e in entries.items() if is_remote(str(e.get("BACKEND") or ""))}
    for alias, entry in remote.items():
        modern = alias in inspected.entries("STORAGES")
        at = ("STORAGES", alias) if modern else (old[alias],)
        backend = str(entry.get("BACKEND"))
        if alias == "staticfiles":
            manifest = "Manifest" if "manifest" in backend.lower() else ""
            made = f"{STATIC}{manifest}StaticFilesStorage"
            yield _moved(at, made, "the edge serves static files itself", modern=modern)
        elif "s3" in backend.lower() and endpoints_of(site).storage and "rclone" in site.binaries:
            yield _stored(site, at, entry, modern=modern)
        else:
            yield _moved(at, FILES, f"{backend} needs a host that is not in the stack", modern=modern)


def is_remote(backend: str) -> bool:
    """Whether a storage backend keeps its files on another host."""
    return bool(_REMOTE.search(backend.lower()))


def _moved(at: tuple[str, ...], backend: str, why: str, *, modern: bool) -> Part:
    change = Change(_dotted(at), backend.rpartition(".")[2], why)
    operations = (Operation(at, {"BACKEND": backend} if modern else backend),)
    return Part(change, operations)


def _stored(site: Site, at: tuple[str, ...], entry: Mapping[str, Any], *, modern: bool) -> Part:
    """django-storages reads a setting of its name, or an option that wins over it."""
    reached = endpoints_of(site)
    settings: dict[str, Any] = {
        "AWS_S3_ENDPOINT_URL": reached.storage_url,
        "AWS_ACCESS_KEY_ID": reached.storage_key,
        "AWS_SECRET_ACCESS_KEY": reached.storage_secret,
        "AWS_S3_ACCESS_KEY_ID": reached.storage_key,
        "AWS_S3_SECRET_ACCESS_KEY": reached.storage_secret,
        "AWS_STORAGE_BUCKET_NAME": BUCKET,
        "AWS_S3_ADDRESSING_STYLE": "path",
        "AWS_S3_SIGNATURE_VERSION": "s3v4",
        "AWS_S3_CUSTOM_DOMAIN": None,
        "AWS_S3_REGION_NAME": "us-east-1",
        "AWS_S3_USE_SSL": False,
    }
    options: dict[str, Any] = {
        "endpoint_url": reached.storage_url,
        "access_key": reached.storage_key,
        "secret_key": reached.storage_secret,
        "bucket_name": BUCKET,
        "custom_domain": None,
        "region_name": "us-east-1",
        "use_ssl": False,
    }
    theirs = entry.get("OPTIONS")
    given = [name for name in options if isinstance(theirs, Mapping) and name in theirs]
    operations = [Operation((name,), value) for name, value in settings.items()]
    operations += [Operation((*at, "OPTIONS", name), options[name]) for name in given if modern]
    change = Change(_dotted(at), f"S3 at {reached.storage_url}, bucket {BUCKET}", "the stack's own storage")
    return Part(change, tuple(operations))


def _dotted(at: tuple[str, ...]) -> str:
    return at[0] + "".join(f"[{key!r}]" for key in at[1:])


def mail_parts(site: Site) -> Iterator[Part]:
    """Letters go to the sink, where they can be read; a backend that sends none by SMTP is left alone."""
    mail, inspected = endpoints_of(site).mail, site.shape.inspected
    if not mail:
        return
    mailers = inspected.entries("MAILERS")
    for name, entry in mailers.items():
        if str(entry.get("BACKEND") or SMTP) == SMTP:
            options = {"host": LOOPBACK, "port": mail, "use_tls": False, "use_ssl": False}
            made = {**options, "username": "", "password": ""}
            at = ("MAILERS", name, "OPTIONS")
            operations = tuple(Operation((*at, key), value) for key, value in made.items())
            yield Part(
                Change(f"MAILERS[{name!r}]", f"{LOOPBACK}:{mail}", "the stack's mail sink"), operations
            )
    if "MAILERS" in inspected.names or inspected.text("EMAIL_BACKEND") != SMTP:
        return
    settings = {
        "EMAIL_HOST": LOOPBACK,
        "EMAIL_PORT": mail,
        "EMAIL_USE_TLS": False,
        "EMAIL_USE_SSL": False,
        "EMAIL_HOST_USER": "",
        "EMAIL_HOST_PASSWORD": "",
    }
    operations = tuple(Operation((name,), value) for name, value in settings.items())
    yield Part(Change("EMAIL_HOST", f"{LOOPBACK}:{mail}", "the stack's mail sink"), operations)


def logging_parts(site: Site) -> Iterator[Part]:
    """A console handler where the project has none: what it logs is in `tenfold logs`."""
    inspected = site.shape.inspected
    logging = inspected.facts.get("LOGGING")
    if "LOGGING_CONFIG" in inspected.names or not isinstance(logging, Mapping | None):
        return
    handlers = (logging or {}).get("handlers")
    handlers = handlers if isinstance(handlers, Mapping) else {}
    if any(_to_console(handler) for handler in handlers.values()):
        return
    handler = {"class": "logging.StreamHandler", "formatter": CONSOLE}
    operations = [
        Operation(("LOGGING", "handlers", CONSOLE), handler),
        Operation(("LOGGING", "formatters", CONSOLE), {"format": FORMAT}),
    ]
    loggers = (logging or {}).get("loggers")
    if isinstance(loggers, Mapping) and "" in loggers:
        operations.append(Operation(("LOGGING", "loggers", "", "handlers"), [CONSOLE], ADD))
    else:
        operations.append(Operation(("LOGGING", "root", "handlers"), [CONSOLE], ADD))
    if not logging:
        operations += [
            Operation(("LOGGING", "version"), 1),
            Operation(("LOGGING", "disable_existing_loggers"), False),
            Operation(("LOGGING", "root", "level"), "INFO"),
        ]
    change = Change(
        "LOGGING", "+ a console handler", "the project has none, and errors would be seen nowhere"
    )
    yield Part(change, tuple(operations))


def _to_console(handler: object) -> bool:
    name = str(handler.get("class") or handler.get("()") or "") if isinstance(handler, Mapping) else ""
    return name.endswith(("StreamHandler", "RichHandler", "ConsoleHandler"))
