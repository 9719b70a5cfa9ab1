from __future__ import annotations

import pickle
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.core.files.base import ContentFile
from django.core.files.storage import InMemoryStorage
from django.db import connection, transaction
from django.db.models import F
from django.db.models.signals import post_save, pre_save
from django.test.utils import CaptureQueriesContext

from django_tenfold.db.changed_fields import StaleRowError
from tests.django_site.goods.models import Guarded, GuardedChild, Shelf, Thing

pytestmark = pytest.mark.usefixtures("sqlite_database")


def written(act: Any) -> str:
    """The statement that `act` runs, "" for none."""
    with CaptureQueriesContext(connection) as captured:
        act()
    updates = [one["sql"] for one in captured if one["sql"].startswith(("UPDATE", "INSERT"))]
    assert len(updates) < 2
    return updates[0] if updates else ""


def make_thing(**values: Any) -> Thing:
    return Thing.objects.get(pk=Thing.objects.create(name="cup", **values).pk)


def test_only_the_changed_columns_are_written() -> None:
    thing = make_thing()
    thing.name = "mug"
    sql = written(thing.save)
    assert '"name" = ' in sql
    assert '"changed" = ' in sql, "auto_now is part of every change"
    assert '"count" = ' not in sql


def test_two_people_who_change_different_fields_do_not_undo_each_other() -> None:
    mine = make_thing()
    theirs = Thing.objects.get(pk=mine.pk)
    mine.name, theirs.count = "mug", 7
    mine.save()
    theirs.save()
    mine.refresh_from_db()
    assert (mine.name, mine.count) == ("mug", 7)


def test_an_unchanged_row_costs_no_query_and_sends_no_signal() -> None:
    thing, sent = make_thing(), []
    receiver = lambda **named: sent.append(named)  # noqa: E731
    post_save.connect(receiver, sender=Thing)
    try:
        assert written(thing.save) == ""
    finally:
        post_save.disconnect(receiver, sender=Thing)
    assert sent == []


def test_a_value_that_changed_in_place_is_noticed() -> None:
    thing = make_thing(facts={"sizes": [1]})
    assert thing.find_changes() == ()
    thing.facts["sizes"].append(2)
    assert thing.find_changes() == ("facts",)
    thing.save()
    assert Thing.objects.get(pk=thing.pk).facts == {"sizes": [1, 2]}
    assert thing.find_changes() == ()


def test_an_uploaded_file_is_a_change_under_the_same_name_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Thing._meta.get_field("picture"), "storage", InMemoryStorage())
    thing = make_thing()
    thing.picture.save("cup.png", ContentFile(b"one"))
    again = Thing.objects.get(pk=thing.pk)
    assert again.find_changes() == ()
    again.picture = ContentFile(b"two", name=again.picture.name)
    assert again.find_changes() == ("picture",)


def test_the_same_expression_assigned_twice_counts_twice() -> None:
    thing = make_thing()
    for _ in range(2):
        thing.count = F("count") + 1
        thing.save()
    thing.save()
    thing.refresh_from_db()
    assert thing.count == 2


def test_a_deferred_field_is_neither_read_nor_written_until_it_is_assigned() -> None:
    pk = make_thing(count=3).pk
    thing = Thing.objects.defer("count").get(pk=pk)
    thing.name = "mug"
    assert '"count"' not in written(thing.save)
    thing.count = 5
    assert thing.find_changes() == ("count",)


def test_the_fields_that_a_caller_names_are_written_whatever_changed() -> None:
    thing = make_thing()
    thing.name = "mug"
    assert '"count" = ' in written(lambda: thing.save(update_fields=["count"]))
    assert thing.find_changes() == ("name",)


def test_a_copy_under_a_new_key_is_inserted_whole() -> None:
    thing = make_thing(count=3)
    first, thing.pk = thing.pk, None
    assert written(thing.save).startswith("INSERT")
    assert thing.pk != first
    assert Thing.objects.get(pk=thing.pk).count == 3


def test_what_a_rollback_took_back_is_written_by_the_next_save() -> None:
    thing = make_thing()
    thing.name = "mug"
    with transaction.atomic():
        thing.save()
        transaction.set_rollback(True)
    thing.save()
    assert Thing.objects.get(pk=thing.pk).name == "mug"
    assert thing.find_changes() == ()


def test_what_a_commit_made_sure_is_not_written_again() -> None:
    thing = make_thing()
    thing.name = "mug"
    with transaction.atomic():
        thing.save()
        assert thing.find_changes() == ("name",)
    assert written(thing.save) == ""


def test_a_row_whose_insert_was_rolled_back_is_inserted_again() -> None:
    shelf = Shelf.objects.create(name="top")
    thing = Thing(name="cup", shelf=shelf)
    with transaction.atomic():
        thing.save()
        transaction.set_rollback(True)
    thing.save()
    assert Thing.objects.get(pk=thing.pk).shelf == shelf


def test_a_stale_row_is_refused_and_nothing_is_overwritten() -> None:
    pk = Guarded.objects.create(name="a").pk
    mine, theirs = Guarded.objects.get(pk=pk), Guarded.objects.get(pk=pk)
    theirs.name = "theirs"
    theirs.save()
    mine.note = "mine"
    with pytest.raises(StaleRowError, match=r"read it again"):
        mine.save()
    assert mine.version == 0
    kept = Guarded.objects.get(pk=pk)
    assert (kept.name, kept.note, kept.version) == ("theirs", "", 1)


def test_each_write_counts_the_version_once() -> None:
    guarded = Guarded.objects.create(name="a")
    for name in "bcd":
        guarded.name = name
        guarded.save()
    guarded.save()
    assert (guarded.version, Guarded.objects.get().version) == (3, 3)


def test_several_writes_in_one_transaction_follow_their_own_version() -> None:
    guarded = Guarded.objects.create(name="a")
    with transaction.atomic():
        for name in "bc":
            guarded.name = name
            guarded.save()
    assert Guarded.objects.get().version == 2


def test_a_row_that_was_deleted_meanwhile_is_stale() -> None:
    guarded = Guarded.objects.create(name="a")
    Guarded.objects.all().delete()
    guarded.name = "b"
    with pytest.raises(StaleRowError):
        guarded.save()


def test_the_version_of_a_parent_guards_its_children() -> None:
    pk = GuardedChild.objects.create(name="a").pk
    mine, theirs = GuardedChild.objects.get(pk=pk), GuardedChild.objects.get(pk=pk)
    theirs.extra = "theirs"
    theirs.save()
    mine.extra = "mine"
    with pytest.raises(StaleRowError):
        mine.save()
    assert GuardedChild.objects.get(pk=pk).extra == "theirs"


def test_an_instance_remembers_what_it_read_through_a_pickle() -> None:
    thing = pickle.loads(pickle.dumps(make_thing()))
    thing.name = "mug"
    assert thing.find_changes() == ("name",)


def test_coroutines_save_what_changed_too() -> None:
    thing = make_thing()
    thing.name = "mug"
    async_to_sync(thing.asave)()
    assert Thing.objects.get(pk=thing.pk).name == "mug"


def test_a_field_that_is_read_later_makes_no_change_forgotten() -> None:
    thing = Thing.objects.defer("count").get(pk=make_thing(count=3).pk)
    thing.name = "mug"
    assert thing.count == 3, "Django reads it by refresh_from_db(fields=...)"
    thing.refresh_from_db(fields=["facts"])
    assert thing.find_changes() == ("name",)
    thing.save()
    assert Thing.objects.get(pk=thing.pk).name == "mug"


def test_fields_that_were_read_again_after_a_rollback_are_not_written() -> None:
    mine = make_thing()
    with transaction.atomic():
        mine.name = "mug"
        mine.save()
        transaction.set_rollback(True)
    mine.refresh_from_db()
    Thing.objects.update(name="theirs")
    mine.count = 5
    mine.save()
    assert Thing.objects.get().name == "theirs"


@pytest.mark.parametrize(("before", "after"), [({"on": 1}, {"on": True}), (0, False), ([1], [1.0])])
def test_a_truth_is_another_value_than_a_number_in_json(before: Any, after: Any) -> None:
    thing = make_thing(facts=before)
    thing.facts = after
    thing.save()
    assert repr(Thing.objects.get().facts) == repr(after)


def test_what_a_receiver_sets_before_the_save_is_written_by_it() -> None:
    def name_after_count(instance: Thing, **_: Any) -> None:
        instance.name = f"cup {instance.count}"

    thing = make_thing()
    pre_save.connect(name_after_count, sender=Thing)
    try:
        thing.count = 4
        assert '"name" = ' in written(thing.save)
    finally:
        pre_save.disconnect(name_after_count, sender=Thing)
    assert Thing.objects.get().name == "cup 4"
    assert written(thing.save) == ""


def test_a_parent_that_was_saved_after_it_was_assigned_is_written() -> None:
    thing, shelf = make_thing(), Shelf(name="new")
    thing.shelf = shelf
    shelf.save()
    thing.save()
    assert Thing.objects.get().shelf == shelf


def test_a_value_that_compares_by_its_parts_is_compared() -> None:
    class Vector:
        """As numpy's arrays, which vector columns hold, compare: each part for itself."""

        __hash__ = None  # type: ignore[assignment]

        def __init__(self, *parts: int) -> None:
            self.parts = [*parts]

        @property
        def shape(self) -> tuple[int]:
            return (len(self.parts),)

        def __eq__(self, other: object) -> Any:
            assert isinstance(other, Vector)
            return Parts(one == two for one, two in zip(self.parts, other.parts, strict=True))

    class Parts(list[bool]):
        def __bool__(self) -> bool:
            raise ValueError("the truth of several is ambiguous")

        def all(self) -> bool:
            return all(list(self))

    thing = make_thing()
    thing.count = Vector(1, 2)
    thing._loaded = thing._copy_values()
    assert thing.find_changes() == ()
    thing.count.parts[1] = 3
    assert thing.find_changes() == ("count",)
    thing.count = Vector(1)
    assert thing.find_changes() == ("count",)


def test_a_version_that_was_not_read_guards_nothing_and_is_told() -> None:
    Guarded.objects.create(name="a")
    mine = Guarded.objects.only("name").get()
    mine.name = "mine"
    with pytest.raises(ValueError, match=r"version was not read"):
        mine.save()


def test_a_row_of_a_bulk_insertion_is_guarded_too() -> None:
    (mine,) = Guarded.objects.bulk_create([Guarded(name="a")])
    theirs = Guarded.objects.get()
    theirs.name = "theirs"
    theirs.save()
    mine.note = "mine"
    with pytest.raises(StaleRowError):
        mine.save()
    (own,) = Guarded.objects.bulk_create([Guarded(name="b")])
    for note in "xy":
        own.note = note
        own.save()
    assert Guarded.objects.get(pk=own.pk).version == 2


def test_a_copy_from_within_the_transaction_of_its_insertion_is_guarded() -> None:
    with transaction.atomic():
        kept = pickle.dumps(Guarded.objects.create(name="a"))
    theirs, mine = Guarded.objects.get(), pickle.loads(kept)
    theirs.name = "theirs"
    theirs.save()
    mine.note = "mine"
    with pytest.raises(StaleRowError):
        mine.save()
    assert Guarded.objects.get().name == "theirs"


def test_a_guarded_row_whose_insert_was_rolled_back_is_inserted_again() -> None:
    mine = Guarded(name="a")
    with transaction.atomic():
        mine.save()
        transaction.set_rollback(True)
    mine.save()
    mine.name = "b"
    mine.save()
    assert Guarded.objects.get().name == "b"


def test_a_receiver_may_save_the_row_again() -> None:
    def note(instance: Guarded, **_: Any) -> None:
        if instance.note != instance.name:
            instance.note = instance.name
            instance.save()

    post_save.connect(note, sender=Guarded)
    try:
        mine = Guarded.objects.create(name="a")
        for name in "bc":
            mine.name = name
            mine.save()
    finally:
        post_save.disconnect(note, sender=Guarded)
    kept = Guarded.objects.get()
    assert (kept.name, kept.note, kept.version, mine.version) == ("c", "c", 5, 5)


def test_a_field_that_sets_itself_is_part_of_every_change(monkeypatch: pytest.MonkeyPatch) -> None:
    class Stamped(type(Thing._meta.get_field("facts"))):  # type: ignore[misc]
        def pre_save(self, model_instance: Thing, add: bool) -> Any:
            model_instance.facts = {"saved": True}
            return model_instance.facts

    thing = make_thing()
    monkeypatch.setattr(Thing._meta.get_field("facts"), "__class__", Stamped)
    assert written(thing.save) == ""
    thing.name = "mug"
    thing.save()
    assert Thing.objects.get().facts == {"saved": True}


def test_the_named_fields_of_a_row_that_was_never_read_are_all_that_is_remembered() -> None:
    (mine,) = Guarded.objects.bulk_create([Guarded(name="a")])
    mine.name, mine.note = "b", "later"
    mine.save(update_fields=[])
    mine.save(update_fields=["name"])
    assert (Guarded.objects.get().note, mine.version) == ("", 1)
    mine.save()
    kept = Guarded.objects.get()
    assert (kept.name, kept.note, kept.version) == ("b", "later", 2)
