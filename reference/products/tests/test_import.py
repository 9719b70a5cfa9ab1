"""Products from a supplier's file, as the README shows it: what is broken is told and left out, twice doubles none."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory

from django.core.management import call_command

from bazaar.testing import CachingTestCase, make_product
from products.models import Product
from products.reading import find_product

FILE = """slug,name,category__slug,price,description
lamp-1,Lamp one,lighting,19.90,"Warm, quiet and sturdy."
lamp-2,Lamp two,lighting,cheap,
lamp-3,Lamp three,nowhere,29.90,
desk-lamp,Desk lamp,lighting,24.50,For long evenings.
"""


class Import(CachingTestCase):
    def bring_in(self, folder: str) -> dict[str, int]:
        said = StringIO()
        path, rejects = Path(folder, "products.csv"), Path(folder, "rejects.jsonl")
        path.write_text(FILE, encoding="utf-8")
        known = ("--unique", "slug", "--on-conflict", "update", "--update", "name,price,description")
        call_command(
            "ingest", "products.Product", str(path), *known, "--rejects", str(rejects), "--json", stdout=said
        )
        self.assertEqual([json.loads(line)["line"] for line in rejects.read_text().splitlines()], [3, 4])
        return json.loads(said.getvalue().splitlines()[-1])

    def test_what_is_whole_is_loaded_and_what_is_known_is_changed(self) -> None:
        make_product(slug="desk-lamp", price="19.90")
        find_product("desk-lamp")
        with TemporaryDirectory() as folder:
            found = self.bring_in(folder)
        self.assertEqual((found["loaded"], found["updated"], found["rejected"]), (1, 1, 2))
        self.assertEqual(str(find_product("desk-lamp").price), "24.50")
        self.assertEqual(Product.objects.get(slug="lamp-1").description, "Warm, quiet and sturdy.")
