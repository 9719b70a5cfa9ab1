"""Derived fields that PostgreSQL keeps, under every kind of write."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import TYPE_CHECKING

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.db.migrations.state import ProjectState
from django.db.models import F, Q
from django.db.utils import NotSupportedError
from django.test import override_settings

from django_tenfold.db.derived.fields import AggregatedField, CopiedField
from django_tenfold.db.derived.operations import InstallAggregatedField
from django_tenfold.db.derived.upkeep import (
    find_field_faults,
    install_field,
    remove_field,
    repair_field,
    verify_field,
)
from django_tenfold.db.trigger_checks import check_triggers
from tests.django_site.shop.models import Maker, Product, Review, Run, Runner, Section

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.django_site.servers import Servers

pytestmark = [pytest.mark.live, pytest.mark.usefixtures("postgres_database")]

FINE = Q(published=True) & ~Q(text__contains="50% ")
OF_PRODUCT = {"model": "shop.Product", "rows": "shop.Review", "by": "product"}
PRODUCT_NAME = CopiedField("shop.Review", "product_name", source="product__name")
NEAR_MAKER = CopiedField("shop.Product", "maker_name", source="maker__name")
FAR_MAKER = CopiedField("shop.Review", "maker_name", source="product__maker_name")
REVIEWS = AggregatedField(field="reviews", take="count", **OF_PRODUCT)
STARS = AggregatedField(field="stars", take="sum", of="rating", where=FINE, **OF_PRODUCT)
BEST = AggregatedField(field="best", take="max", of="rating", where=FINE, **OF_PRODUCT)
WORST = AggregatedField(field="worst", take="min", of="rating", **OF_PRODUCT)
LAST = AggregatedField(field="last_word", take="latest", of="text", newest="written", **OF_PRODUCT)
REVIEWED = AggregatedField(field="reviewed", take="exists", where=FINE, **OF_PRODUCT)
ABOVE = CopiedField("shop.Section", "above_name", source="above__name")
BELOW = AggregatedField("shop.Section", "below", rows="shop.Section", by="above", take="count")
JOINED = AggregatedField(field="reviews", take="count", where=Q(product__name="cup"), **OF_PRODUCT)
EVERY = (PRODUCT_NAME, NEAR_MAKER, FAR_MAKER, REVIEWS, STARS, BEST, WORST, LAST, REVIEWED, ABOVE, BELOW)
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def kept(postgres_database: Servers) -> Iterator[None]:
    for derived in EVERY:
        install_field(derived, using="default")
    yield
    for derived in EVERY:
        remove_field(derived, using="default")


@pytest.fixture
def product() -> Product:
    return Product.objects.create(name="cup", maker=Maker.objects.create(name="Ann"))


def agree() -> bool:
    wrong = [verdict for one in EVERY if (verdict := verify_field(one, using="default")).wrong]
    assert not wrong
    return True


def add(product: Product | None, *ratings: int, **named: object) -> list[Review]:
    return Review.objects.bulk_create(Review(product=product, rating=one, **named) for one in ratings)


def values(product: Product) -> tuple[object, ...]:
    names = ("reviews", "stars", "best", "worst", "last_word", "reviewed")
    return tuple(Product.objects.values_list(*names).get(pk=product.pk))


def names() -> set[tuple[object, ...]]:
    return {*Review.objects.values_list("product_name", "maker_name")}


def test_a_copy_follows_its_source_and_its_foreign_key(product: Product) -> None:
    add(product, 1, 2)
    add(None, 3)
    assert names() == {("cup", "Ann"), (None, None)}
    Product.objects.update(name="mug")
    assert names() == {("mug", "Ann"), (None, None)}
    Maker.objects.update(name="Bob")
    assert names() == {("mug", "Bob"), (None, None)}, "a copy of a copy follows too"
    other = Product.objects.create(name="jug")
    Review.objects.update(product=other)
    assert names() == {("jug", None)}
    product.maker.delete()
    assert Product.objects.get(pk=product.pk).maker_name is None, "SET_NULL"
    assert agree()


def test_what_a_stale_instance_saves_into_a_derived_column_is_put_right(product: Product) -> None:
    (review,) = add(product, 4)
    stale, stale_product = Review.objects.get(), Product.objects.get()
    Product.objects.update(name="mug")
    add(product, 5)
    stale.text = "changed"
    stale.save()
    stale_product.name = "jug"
    stale_product.save()
    assert names() == {("jug", "Ann")}
    assert values(product)[:4] == (2, 9, 5, 4)
    Review.objects.update(product_name="by hand")
    Product.objects.update(stars=0, reviewed=False, best=F("best") + 7)
    assert names() == {("jug", "Ann")}
    assert agree()
    review.delete()
    assert agree()


def test_a_parent_begins_with_what_its_rows_make_whatever_it_was_given(product: Product) -> None:
    with transaction.atomic():
        late = Review.objects.create(product_id=product.pk + 100, rating=3)
        Product.objects.create(pk=product.pk + 100, name="late", stars=77, reviews=5)
    late.refresh_from_db()
    assert late.product_name == "late"
    assert agree()


def test_aggregates_follow_every_kind_of_write(product: Product) -> None:
    assert values(product) == (0, 0, None, None, None, False)
    add(product, 3, 1, written=NOON, text="first")
    assert values(product) == (2, 4, 3, 1, "first", True)
    add(product, 5, published=False, written=NOON - timedelta(days=1), text="older")
    assert values(product) == (3, 4, 3, 1, "first", True)
    Review.objects.filter(rating=5).update(published=True, written=NOON + timedelta(days=1))
    assert values(product) == (3, 9, 5, 1, "older", True)
    with connection.cursor() as cursor:
        cursor.execute("delete from shop_review where rating = 5")
        cursor.execute("update shop_review set rating = rating + 1, text = '50% off' where rating = 3")
        assert values(product)[:4] == (2, 1, 1, 1)
        columns = "product_id, rating, text, published, spare"
        with cursor.copy(f"copy shop_review ({columns}) from stdin") as copy:
            for rating in (2, 8):
                copy.write_row((product.pk, rating, "copied", True, 0))
        assert values(product)[:4] == (4, 11, 8, 1)
        assert agree()
        cursor.execute("truncate shop_review")
    assert values(product) == (0, 0, None, None, None, False)
    assert agree()


def test_rows_that_move_are_taken_from_one_and_given_to_the_other(product: Product) -> None:
    other = Product.objects.create(name="jug")
    add(product, 2, 4)
    Review.objects.filter(rating=4).update(product=other)
    assert (values(product)[:4], values(other)[:4]) == ((1, 2, 2, 2), (1, 4, 4, 4))
    Review.objects.update(product=None)
    assert values(product)[:4] == values(other)[:4] == (0, 0, None, None)
    assert agree()


def test_cascades_are_followed_through_every_table(product: Product) -> None:
    add(product, 2)
    Section.objects.create(name="root")
    Section.objects.bulk_create(Section(above=Section.objects.get(name="root"), name=one) for one in "ab")
    assert Section.objects.get(name="root").below == 2
    Section.objects.filter(name="root").update(name="top")
    assert {*Section.objects.values_list("name", "above_name")} == {("top", None), ("a", "top"), ("b", "top")}
    Section.objects.get(name="a").delete()
    product.delete()
    assert (Section.objects.get(name="top").below, Review.objects.count()) == (1, 0)
    assert agree()


def test_a_change_of_other_columns_touches_no_parent(product: Product) -> None:
    add(product, 2)
    with connection.cursor() as cursor:
        cursor.execute("select xmin::text, xmax::text from shop_product where id = %s", [product.pk])
        before = cursor.fetchone()
        Review.objects.update(spare=5)
        cursor.execute("select xmin::text, xmax::text from shop_product where id = %s", [product.pk])
        assert cursor.fetchone() == before


def test_an_upsert_counts_what_it_inserts_and_what_it_changes(product: Product) -> None:
    (known,) = add(product, 2)
    other = Product.objects.create(name="jug")
    rows = [
        Review(pk=known.pk, product=other, rating=4),
        Review(pk=known.pk + 1000, product=product, rating=1),
    ]
    Review.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["pk"], update_fields=["product", "rating"]
    )
    assert (values(product)[:4], values(other)[:4]) == ((1, 1, 1, 1), (1, 4, 4, 4))
    assert names() == {("jug", None), ("cup", "Ann")}
    assert agree()


def test_a_condition_that_no_trigger_can_ask_is_an_error_of_the_check() -> None:
    with override_settings(TENFOLD_DB={"derived_fields": [f"{__name__}.JOINED"]}):
        (found,) = check_triggers(None, databases=["default"])
    assert (found.id, "another table" in found.msg) == ("tenfold.E603", True)


def test_a_rollback_takes_derived_values_along(product: Product) -> None:
    with transaction.atomic():
        add(product, 2)
        assert values(product)[0] == 1
        transaction.set_rollback(True)
    assert values(product)[0] == 0
    assert agree()


def test_what_went_past_the_triggers_is_found_and_mended(product: Product) -> None:
    with connection.cursor() as cursor:
        cursor.execute("alter table shop_review disable trigger user")
        add(product, 2, 4)
        cursor.execute("alter table shop_review enable trigger user")
    verdict = verify_field(STARS, using="default")
    assert (verdict.wrong, verdict.shown[0].held, verdict.shown[0].derived) == (1, 0, 6)
    assert verify_field(PRODUCT_NAME, using="default").wrong == 2
    assert [repair_field(one, using="default") for one in (PRODUCT_NAME, FAR_MAKER, REVIEWS)] == [2, 2, 1]
    for derived in EVERY:
        repair_field(derived, using="default")
    assert agree()
    assert repair_field(STARS, using="default") == 0


def test_repeatable_read_is_refused_where_it_could_lose_a_change(product: Product) -> None:
    (review,) = add(product, 2)

    def try_to(change: Callable[[], object]) -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("set transaction isolation level repeatable read")
            change()

    with pytest.raises(NotSupportedError, match=r"last_word cannot be kept"):
        try_to(lambda: add(product, 5))
    remove_field(LAST, using="default")
    try_to(lambda: add(product, 5))
    with pytest.raises(NotSupportedError, match=r"shop.Review.product_name cannot be kept"):
        try_to(lambda: Product.objects.update(name="mug"))
    with pytest.raises(NotSupportedError, match=r"cannot be kept at REPEATABLE READ"):
        try_to(review.delete)
    install_field(LAST, using="default")
    assert agree()


def test_a_missing_changed_or_disabled_trigger_is_told() -> None:
    assert [find_field_faults(one, using="default") for one in EVERY] == [()] * len(EVERY)
    with connection.cursor() as cursor:
        cursor.execute("alter table shop_review disable trigger tenfold_keep_shop_product_stars_rows_update")
        (fault,) = find_field_faults(STARS, using="default")
        assert fault == "trigger tenfold_keep_shop_product_stars_rows_update of shop_review is missing or off"
        cursor.execute("alter table shop_review enable trigger tenfold_keep_shop_product_stars_rows_update")
    other = AggregatedField(field="stars", take="sum", of="rating", **OF_PRODUCT)
    assert "made from another declaration" in find_field_faults(other, using="default")[0]
    remove_field(STARS, using="default")
    assert (
        find_field_faults(STARS, using="default")[0]
        == "function tenfold_keep_shop_product_stars_own is missing"
    )


def test_a_migration_installs_fills_and_removes_a_field(product: Product) -> None:
    remove_field(STARS, using="default")
    add(product, 2, 3)
    state = ProjectState.from_apps(apps)
    operation = InstallAggregatedField(**STARS.describe())
    with connection.schema_editor(atomic=False) as editor:
        operation.database_forwards("shop", editor, state, state)
        assert values(product)[1] == 5
        operation.database_backwards("shop", editor, state, state)
    add(product, 4)
    assert values(product)[1] == 5, "nothing keeps it any more"
    with connection.schema_editor() as editor, pytest.raises(RuntimeError, match=r"atomic = False"):
        operation.database_forwards("shop", editor, state, state)


def test_the_command_and_the_check_say_what_to_do(product: Product) -> None:
    out = StringIO()
    named = {"derived_fields": [f"{__name__}.STARS", f"{__name__}.PRODUCT_NAME"]}
    with override_settings(TENFOLD_DB=named):
        assert check_triggers(None, databases=["default"]) == []
        call_command("derived_fields", "verify", stdout=out)
        remove_field(STARS, using="default")
        add(product, 2)
        (found,) = check_triggers(None, databases=["default"])
        assert found.id == "tenfold.W605"
        assert "manage.py derived_fields install shop.Product.stars" in found.hint
        with pytest.raises(CommandError, match=r"9 wrong"):
            call_command("derived_fields", "verify", stdout=out)
        assert f"{product.pk}: 0, and it must be 2" in out.getvalue()
        call_command("derived_fields", "install", "shop.Product.stars", stdout=out)
        assert "triggers in place, 1 rows filled" in out.getvalue()
        told = StringIO()
        call_command("derived_fields", "verify", "--json", stdout=told)
        assert [json.loads(line)["wrong"] for line in told.getvalue().splitlines()] == [0, 0]
        call_command("derived_fields", "repair", stdout=out)
        assert "shop.Review.product_name: 0 rows mended" in out.getvalue()
        with (
            override_settings(TENFOLD_DB={"derived_fields": [f"{__name__}.JOINED"]}),
            pytest.raises(CommandError, match=r"its condition reads another table"),
        ):
            call_command("derived_fields", "verify", stdout=out)
        with pytest.raises(CommandError, match=r"Known, from"):
            call_command("derived_fields", "verify", "shop.Product.nothing", stdout=out)


def test_durations_are_added_up_as_numbers_are() -> None:
    took = AggregatedField(
        "shop.Runner",
        "took",
        rows="shop.Run",
        by="runner",
        take="sum",
        of="took",
        where=Q(took__gt=timedelta()),
    )
    install_field(took, using="default")
    try:
        ann, bob = (Runner.objects.create() for _ in range(2))
        Run.objects.bulk_create(
            Run(runner=one, took=minutes and timedelta(minutes=minutes))
            for one, minutes in ((ann, 1), (ann, 2), (bob, 4), (bob, None))
        )
        Run.objects.create(runner=ann, took=timedelta(seconds=1))
        Run.objects.filter(took=timedelta(minutes=2)).update(runner=bob)
        times = Runner.objects.order_by("pk").values_list("took", flat=True)
        assert [*times] == [timedelta(seconds=61), timedelta(minutes=6)]
        Run.objects.filter(runner=bob).delete()
        assert [*times.all()] == [timedelta(seconds=61), timedelta()]
        assert verify_field(took, using="default").wrong == 0
        with connection.cursor() as cursor:
            cursor.execute("truncate shop_run")
        assert [*times.all()] == [timedelta(), timedelta()]
    finally:
        remove_field(took, using="default")
