from __future__ import annotations

from typing import Any

import pytest
from django.core.checks import Error, Warning
from django.core.management import CommandError, call_command
from django.db.migrations.writer import OperationWriter
from django.db.models import Q
from django.test import override_settings

from django_tenfold.db.derived.fields import AggregatedField, CopiedField, name_objects
from django_tenfold.db.derived.operations import InstallAggregatedField, InstallCopiedField
from django_tenfold.db.derived.upkeep import install_field, remove_field, repair_field, verify_field
from django_tenfold.db.trigger_checks import check_declarations, check_triggers

PRODUCT_NAME = CopiedField("shop.Review", "product_name", source="product__name")
STARS = AggregatedField(
    "shop.Product",
    "stars",
    rows="shop.Review",
    by="product",
    take="sum",
    of="rating",
    where=Q(published=True),
)
MISPLACED = CopiedField("shop.Review", "rating", source="product__name")


def stars(**changes: object) -> AggregatedField:
    named = {**STARS.describe(), **changes}
    return AggregatedField(**named)


@pytest.mark.parametrize(
    ("derived", "reason"),
    [
        (CopiedField("shop.Nothing", "a", source="b__c"), "Nothing"),
        (CopiedField("shop.Review", "product_name", source="product__none"), "none"),
        (CopiedField("shop.Review", "product_name", source="rating__name"), "no foreign key"),
        (CopiedField("shop.Review", "rating", source="product__stars"), "null=True"),
        (MISPLACED, "is a IntegerField"),
        (CopiedField("shop.Review", "text", source="product__maker_name"), "may be NULL"),
        (stars(take="most"), "none of count, sum"),
        (stars(by="rating"), "no foreign key"),
        (stars(model="shop.Maker", field="name"), "no foreign key to shop.Maker"),
        (stars(take="count"), "leave `of` out"),
        (stars(of=""), "needs a column"),
        (stars(of="spare"), "do not add up exactly"),
        (stars(take="max"), "null=True"),
        (stars(take="latest", field="best"), "`newest` names"),
        (stars(take="exists", of=""), "BooleanField"),
        (CopiedField("records.Slot", "note", source="room__a"), "no foreign key"),
        (
            CopiedField("shop.Edition", "maker_name", source="maker__name"),
            "maker of shop.Edition is inherited",
        ),
        (stars(model="shop.Edition", by="edition"), "is inherited and stands in the table of shop.Product"),
    ],
)
def test_a_declaration_that_cannot_be_kept_says_why(derived: CopiedField, reason: str) -> None:
    assert reason in " ".join(derived.find_problems())


def test_a_sound_declaration_has_no_problem() -> None:
    assert [*PRODUCT_NAME.find_problems(), *STARS.find_problems()] == []


def test_long_names_are_cut_to_what_the_database_takes_and_stay_apart() -> None:
    one = CopiedField("shop.Review", "product_name", source="product__name")
    assert name_objects(one) == "tenfold_keep_shop_review_product_name"
    meta = one.target._meta
    table, meta.db_table = meta.db_table, "t" * 60
    try:
        long, other = (
            name_objects(one),
            name_objects(CopiedField("shop.Review", "maker_name", source="product__name")),
        )
    finally:
        meta.db_table = table
    assert len(long) <= 63 - len("_rows_truncate")
    assert long != other


def test_a_migration_writes_a_field_as_it_was_declared() -> None:
    for operation, derived in ((InstallCopiedField, PRODUCT_NAME), (InstallAggregatedField, STARS)):
        name, arguments, named = operation(**derived.describe()).deconstruct()
        assert (name, arguments) == (operation.__name__, [])
        assert operation(**named).derived == derived
        # A squashed migration is written by this, from what the signature names.
        (written, imports) = OperationWriter(operation(**derived.describe()), indentation=0).serialize()
        scope: dict[str, Any] = {}
        exec("\n".join(sorted(imports)), scope)
        assert eval(written.rstrip(","), scope).derived == derived
    assert (
        InstallCopiedField(**PRODUCT_NAME.describe()).describe()
        == "Keep shop.Review.product_name in the database"
    )


def test_the_checks_name_what_is_wrong_with_declarations(sqlite_database: None) -> None:
    with override_settings(TENFOLD_DB={"derived_fields": ["nowhere.at_all"]}):
        (found,) = check_declarations(None)
        assert (type(found), found.id) == (Error, "tenfold.E602")
        assert check_triggers(None, databases=["default"]) == []
    with override_settings(TENFOLD_DB={"derived_fields": [f"{__name__}.MISPLACED", f"{__name__}.STARS"]}):
        first, *_, last = check_declarations(None)
        assert (type(first), first.id) == (Error, "tenfold.E603")
        assert (type(last), last.id) == (Warning, "tenfold.W604")
        assert "Nothing keeps shop.Product.stars in sqlite" in last.msg
    with override_settings(TENFOLD_DB={"derived_fields": 5}):
        assert check_declarations(None) == check_triggers(None, databases=["default"]) == []


def test_without_postgres_nothing_is_kept_and_the_command_says_so(sqlite_database: None) -> None:
    assert install_field(STARS, using="default") == repair_field(STARS, using="default") == 0
    assert verify_field(STARS, using="default").wrong == 0
    remove_field(STARS, using="default")
    with pytest.raises(CommandError, match=r"no PostgreSQL"):
        call_command("derived_fields", "verify")
