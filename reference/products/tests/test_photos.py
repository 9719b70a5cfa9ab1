"""Uploads: judged by what is in them, stored under names of our own."""

from __future__ import annotations

from io import BytesIO

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import SimpleTestCase, override_settings
from PIL import Image

from bazaar.testing import SiteTestCase, make_product
from products.photos import PhotoLimits


def photo(kind: str = "PNG", size: tuple[int, int] = (8, 5), name: str = "lamp.png") -> SimpleUploadedFile:
    data = BytesIO()
    Image.new("RGB", size).save(data, kind)
    return SimpleUploadedFile(name, data.getvalue(), content_type="image/png")


class Limits(SimpleTestCase):
    def refuse(self, upload: SimpleUploadedFile, code: str, limits: PhotoLimits | None = None) -> None:
        with self.assertRaises(ValidationError) as refused:
            (limits or PhotoLimits())(upload)
        self.assertEqual(refused.exception.code, code)

    def test_jpeg_png_and_webp_are_taken(self) -> None:
        for kind in ("JPEG", "PNG", "WEBP"):
            with self.subTest(kind):
                upload = photo(kind)
                PhotoLimits()(upload)
                self.assertEqual(upload.tell(), 0)

    def test_another_kind_is_refused_whatever_its_name_says(self) -> None:
        self.refuse(photo("GIF"), "wrong_kind")

    def test_a_page_that_calls_itself_a_photo_is_refused(self) -> None:
        page = SimpleUploadedFile("lamp.png", b"<script>alert(1)</script>", content_type="image/png")
        self.refuse(page, "wrong_kind")

    def test_a_file_that_is_too_large_is_refused(self) -> None:
        self.refuse(photo(), "too_large", PhotoLimits(most_bytes=10))

    def test_a_small_file_with_too_many_pixels_is_refused(self) -> None:
        self.refuse(photo(size=(5000, 4000)), "too_many_pixels")


class Storing(SiteTestCase):
    def test_a_photo_is_stored_under_a_new_name_that_tells_its_kind(self) -> None:
        memory = {"default": {"BACKEND": "django.core.files.storage.InMemoryStorage"}}
        with override_settings(STORAGES={**settings.STORAGES, **memory}):
            product = make_product()
            product.photo = photo("WEBP", name="../../x.php")
            product.save()
            self.assertRegex(product.photo.name, rf"^products/{product.slug}-[0-9a-f]{{12}}\.webp$")
