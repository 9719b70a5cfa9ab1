"""Rows for wger (https://github.com/wger-project/wger) as a site of some years has them. Runs in wger's own Django."""

from __future__ import annotations

import io
import random
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib.auth import get_user_model
from django.core.files.base import ContentFile
from django.core.management import call_command
from django.db import connection

FIRST = datetime(2024, 1, 1, 7, 30, tzinfo=ZoneInfo("UTC"))
FIXTURES = (
    "languages",
    "licenses",
    "setting_repetition_units",
    "setting_weight_units",
    "gym_config",
    "categories",
    "equipment",
    "muscles",
    "exercise-base-data",
    "translations",
)
INGREDIENTS, PICTURES, PLANS, LOGS, WEIGHTS = 4_000, 400, 12, 6_000, 1_500


def make_rows() -> str:
    """A key of the user that everything belongs to. Two runs make the same rows."""
    from rest_framework.authtoken.models import Token

    random.seed(7)
    with connection.cursor() as cursor:
        cursor.execute("create extension if not exists pg_trgm")
    call_command("migrate", run_syncdb=True, verbosity=0)
    call_command("loaddata", *FIXTURES, verbosity=0)
    user = get_user_model().objects.create_user("reader", "reader@example.com", "secret")
    make_ingredients()
    make_plans(user)
    make_training(user)
    with connection.cursor() as cursor:
        cursor.execute("vacuum analyze")
    key: str = Token.objects.create(user=user, key="0123456789abcdef" * 2 + "01234567").key
    return key


def pick_amount(most: int) -> Decimal:
    return Decimal(random.randrange(most * 100)) / 100


def make_ingredients() -> None:
    from wger.core.models import Language, License
    from wger.nutrition.models import Image, Ingredient, IngredientWeightUnit

    languages, licenses = [*Language.objects.all()[:8]], [*License.objects.all()]
    Ingredient.objects.bulk_create(
        Ingredient(
            language=random.choice(languages),
            license=random.choice(licenses),
            license_author=f"Contributor {number % 97}",
            name=f"Ingredient number {number} \u2013 S\u00fc\u00df",
            common_name="" if number % 3 else f"Food {number}",
            code=f"{4000000000000 + number}",
            remote_id=str(number),
            source_name="Open Food Facts",
            source_url=f"https://world.openfoodfacts.org/product/{number}",
            brand=random.choice(["", "Acme", "Farmhouse & Sons", None]) or "",
            last_imported=FIRST + timedelta(minutes=number),
            energy=random.randrange(900),
            protein=pick_amount(40),
            carbohydrates=pick_amount(60),
            carbohydrates_sugar=None if number % 4 == 0 else pick_amount(20),
            fat=pick_amount(30),
            fat_saturated=None if number % 5 == 0 else pick_amount(10),
            fiber=None if number % 3 == 0 else pick_amount(9),
            sodium=None if number % 7 == 0 else pick_amount(3),
            is_vegan=random.choice([True, False, None]),
            is_vegetarian=random.choice([True, False, None]),
            nutriscore=random.choice([*"abcde", None]),
        )
        for number in range(INGREDIENTS)
    )
    found = [*Ingredient.objects.order_by("pk")]
    IngredientWeightUnit.objects.bulk_create(
        IngredientWeightUnit(ingredient=one, name=f"portion {part}", gram=30 * part + 20)
        for number, one in enumerate(found)
        for part in range(number % 4)
    )
    for number, one in enumerate(found[:PICTURES]):
        if number % 3:
            picture = Image(ingredient=one, size=700, license=licenses[0], license_author="Somebody")
            picture.image.save("picture.jpg", ContentFile(draw(number)), save=False)
            picture.width, picture.height = picture.image.width, picture.image.height
            picture.save()


def draw(number: int) -> bytes:
    from PIL import Image

    file = io.BytesIO()
    Image.new("RGB", (300, 200 + number % 50), (number % 256, 90, 120)).save(file, "JPEG")
    return file.getvalue()


def make_plans(user: Any) -> None:
    from wger.nutrition.models import Ingredient, LogItem, Meal, MealItem, NutritionPlan

    ingredients = [*Ingredient.objects.prefetch_related("ingredientweightunit_set").order_by("pk")[:600]]
    for number in range(PLANS):
        plan = NutritionPlan.objects.create(
            user=user, description=f"Plan {number}", goal_energy=2_000 + number
        )
        for order in range(5):
            meal = Meal.objects.create(plan=plan, order=order + 1, name=f"Meal {order}")
            MealItem.objects.bulk_create(
                MealItem(
                    meal=meal,
                    ingredient=one,
                    weight_unit=next(iter(one.ingredientweightunit_set.all()), None),
                    order=place,
                    amount=pick_amount(300),
                )
                for place, one in enumerate(random.sample(ingredients, 4))
            )
            LogItem.objects.bulk_create(
                LogItem(
                    plan=plan,
                    meal=meal,
                    ingredient=random.choice(ingredients),
                    datetime=FIRST + timedelta(hours=hour),
                    amount=pick_amount(300),
                )
                for hour in range(40)
            )


def make_training(user: Any) -> None:
    from wger.exercises.models import Exercise
    from wger.manager.models import Routine, WorkoutLog, WorkoutSession
    from wger.weight.models import WeightEntry

    WeightEntry.objects.bulk_create(
        WeightEntry(user=user, date=FIRST + timedelta(hours=9 * number), weight=60 + pick_amount(30))
        for number in range(WEIGHTS)
    )
    routine = Routine.objects.create(
        user=user, name="Routine", start=date(2024, 1, 1), end=date(2024, 3, 1), fit_in_week=True
    )
    sessions = WorkoutSession.objects.bulk_create(
        WorkoutSession(
            user=user, routine=routine, date=date(2024, 1, 1) + timedelta(days=number), notes="good"
        )
        for number in range(300)
    )
    exercises = [*Exercise.objects.order_by("pk")[:50]]
    WorkoutLog.objects.bulk_create(
        WorkoutLog(
            user=user,
            session=sessions[number % len(sessions)],
            routine=routine,
            exercise=random.choice(exercises),
            date=FIRST + timedelta(minutes=17 * number),
            iteration=1,
            repetitions=number % 12 + 1,
            weight=pick_amount(120),
            rir=Decimal(number % 6) / 2,
            rest=90,
        )
        for number in range(LOGS)
    )
