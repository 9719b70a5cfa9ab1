"""The size of an image in columns: an instance reads it from the file where it is not there."""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING, Any

import pytest
from django.core.files.base import ContentFile
from django.db.models.signals import post_init
from rest_framework import serializers

from django_tenfold.api.drf.compile import explain, forget_compiled
from django_tenfold.api.drf.serializers import compiled
from tests.django_site.reads.models import Picture

if TYPE_CHECKING:
    from collections.abc import Iterator

pytest.importorskip("PIL", reason="images need Pillow")


class PictureSerializer(serializers.ModelSerializer):
    class Meta:
        model = Picture
        fields = "__all__"


class SlugSerializer(serializers.ModelSerializer):
    width = serializers.SlugRelatedField(source="frame", slug_field="width", read_only=True)

    class Meta:
        model = Picture
        fields = ("id", "width")


def make_png(width: int, height: int) -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = zlib.compress(b"".join(b"\0" + b"\0" * width for _ in range(height)))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


@pytest.fixture
def pictures(sqlite_database: None, settings_with_memory: None) -> None:
    for number in range(3):
        one = Picture()
        one.image.save(f"{number}.png", ContentFile(make_png(4 + number, 9)))
    Picture.objects.create(image="", frame=Picture.objects.first())
    first, second, *_ = Picture.objects.order_by("pk")
    Picture.objects.filter(pk=first.pk).update(width=None, tall=0)
    Picture.objects.filter(pk=second.pk).update(tall=None)


@pytest.fixture
def settings_with_memory() -> Iterator[None]:
    from django.test import override_settings

    memory = {"BACKEND": "django.core.files.storage.InMemoryStorage"}
    with override_settings(STORAGES={"default": memory}):
        yield


def test_sizes_that_are_missing_are_read_from_the_file(pictures: None) -> None:
    pictures_in_order = Picture.objects.order_by("pk")
    told = compiled(PictureSerializer)(pictures_in_order, many=True).data
    assert told == PictureSerializer(pictures_in_order, many=True).data
    assert [(one["width"], one["tall"]) for one in told] == [(4, 9), (5, 9), (6, 9), (None, None)]
    assert explain(PictureSerializer) == ()


def test_a_size_that_is_reached_as_a_slug_is_left_alone() -> None:
    (reason,) = explain(SlugSerializer)
    assert "may be read from its image's file" in reason


def test_another_receiver_beside_that_of_the_image_is_seen() -> None:
    def listen(**_: Any) -> None: ...

    post_init.connect(listen, sender=Picture)
    forget_compiled()
    try:
        (reason,) = explain(PictureSerializer)
        assert "a signal is sent for each Picture" in reason
    finally:
        post_init.disconnect(listen, sender=Picture)
        forget_compiled()


@pytest.mark.parametrize(
    ("module", "harmless"), [("imagekit.specs.sourcegroups", True), ("ours.signals", False)]
)
def test_imagekit_which_hears_of_every_model_stands_in_nobodys_way(module: str, *, harmless: bool) -> None:
    def hear(self: Any, **_: Any) -> None: ...

    hear.__module__, hear.__qualname__ = module, "ModelSignalRouter.post_init_receiver"
    router = type("ModelSignalRouter", (), {"post_init_receiver": hear})()
    post_init.connect(router.post_init_receiver)  # of all models, as imagekit does
    forget_compiled()
    try:
        assert (explain(PictureSerializer) == ()) is harmless
    finally:
        post_init.disconnect(router.post_init_receiver)
        forget_compiled()
