from __future__ import annotations

import pytest

from tenfold.project.growth import grows
from tenfold.project.model import Location
from tenfold.project.models import Model, ModelField, Models

HERE = Location("shop/models.py", 1)


def model(label: str, *fields: ModelField, bases: tuple[str, ...] = ()) -> Model:
    return Model(label, f"shop.models.{label}", HERE, abstract=False, fields=fields, bases=bases)


MEMBER = model("shop.Member", bases=("django.contrib.auth.models.AbstractUser",))
UNIT = model("shop.Unit", ModelField("name", "django.db.models.CharField", HERE))


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        (ModelField("of", "django.db.models.ForeignKey", HERE, to="auth.User"), True),
        (ModelField("of", "django.db.models.ForeignKey", HERE, to="settings.AUTH_USER_MODEL"), True),
        (ModelField("of", "django.db.models.ForeignKey", HERE, to="shop.Member"), True),
        (ModelField("at", "django.db.models.DateTimeField", HERE, options=(("auto_now_add", True),)), True),
        (ModelField("of", "django.db.models.ForeignKey", HERE, to="shop.Unit"), False),
        (ModelField("at", "django.db.models.DateTimeField", HERE), False),
    ],
)
def test_rows_of_users_and_stamped_rows_grow(field: ModelField, expected: bool) -> None:
    made = model("shop.Row", field)
    assert grows(made, Models((made, MEMBER, UNIT))) is expected


def test_the_table_of_users_itself_grows() -> None:
    assert grows(MEMBER, Models((MEMBER,)))
