from __future__ import annotations

from typing import TYPE_CHECKING

from tenfold.project.model import Location
from tenfold.project.models import Model, ModelField, Models
from tenfold.project.relations import map_relations

if TYPE_CHECKING:
    from tenfold.project.relations import Relations

HERE = Location("shop/models.py", 1)


def made(label: str, *fields: tuple[str, str, str, dict[str, object]], abstract: bool = False) -> Model:
    built = tuple(
        ModelField(name, f"django.db.models.{kind}", HERE, to=to, options=tuple(options.items()))
        for name, kind, to, options in fields
    )
    return Model(label, f"shop.models.{label.rpartition('.')[2]}", HERE, abstract, built)


def relations() -> Relations:
    return map_relations(
        Models(
            (
                made("shop.Tag", ("name", "CharField", "", {})),
                made(
                    "shop.Post",
                    ("tags", "ManyToManyField", "shop.Tag", {}),
                    ("parent", "ForeignKey", "self", {"related_name": "+"}),
                    ("made", "DateTimeField", "", {"auto_now_add": True}),
                ),
                made("shop.Cover", ("post", "OneToOneField", "shop.Post", {})),
                made("shop.Note", ("post", "ForeignKey", "shop.Post", {"related_name": "%(class)s_notes"})),
                made("shop.Base", ("post", "ForeignKey", "shop.Post", {}), abstract=True),
            )
        )
    )


def test_each_relation_is_seen_from_both_ends() -> None:
    known = relations()
    tags, parent = known.of("shop.post", "tags"), known.of("shop.post", "parent")
    posts = known.of("shop.tag", "post_set")
    assert tags is not None
    assert (tags.to, tags.many, tags.forward) == ("shop.tag", True, True)
    assert parent is not None
    assert parent.to == "shop.post"
    assert posts is not None
    assert (posts.many, posts.back) == (True, "")


def test_the_other_end_of_a_foreign_key_knows_the_way_back() -> None:
    notes, cover = relations().of("shop.post", "note_notes"), relations().of("shop.post", "cover")
    assert notes is not None
    assert (notes.many, notes.back) == (True, "post")
    assert cover is not None
    assert (cover.many, cover.forward) == (False, False)


def test_abstract_models_and_hidden_names_give_no_relation_back() -> None:
    assert set(relations().known["shop.post"]) == {"tags", "parent", "cover", "note_notes"}


def test_a_path_ends_at_a_column_or_at_a_model() -> None:
    label, field, many = relations().follow("shop.cover", ("post", "tags", "name"))
    assert (label, field.name if field else "", many) == ("shop.tag", "name", True)
    assert relations().follow("shop.cover", ("post",)) == ("shop.post", None, False)


def test_tables_whose_rows_are_stamped_grow() -> None:
    assert relations().growing == {"shop.post"}
