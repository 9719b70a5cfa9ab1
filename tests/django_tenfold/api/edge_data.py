"""Rows for the models at the edges, and books beside them."""

from __future__ import annotations

from django.urls import path
from rest_framework.generics import ListAPIView

from tests.django_site.edges.models import House, Lamp, Room, Seat, Ticket
from tests.django_tenfold.api.drf_oracle import fill


def fill_edges() -> None:
    houses = [House.objects.create(name=name, slug="" if name == "b" else name) for name in "ab"]
    lamps = [Lamp.every.create(name=name) for name in "xyz"]
    for number in range(4):
        room = Room._base_manager.create(
            house=houses[number % 2], number=number, open=number != 1, public=number != 2
        )
        room.lamps.set(lamps[:number])
    for row in (1, 2):
        for number in (1, 2):
            Seat.objects.create(row=row, number=number, label=f"{row}-{number}")
            Ticket.objects.create(row=row, number=number, owner=f"owner of {row}-{number}")


def fill_books() -> None:
    book = {"title": "T", "pages": 7, "price": "1234.5", "cover": "covers/a.png"}
    fill(
        {
            "countries": ["France", "Chad", "Peru"],
            "authors": [("Ann", 0, "hm"), ("Bob", None, None), ("Cid", 1, "")],
            "books": [
                ({**book, "title": f"T{n}"}, n % 3, n % 2 or None, n % 3, {0, 1}, [0, 1]) for n in range(4)
            ],
        }
    )


urlpatterns = [
    path("<str:pk>/", ListAPIView.as_view(), name="thing"),
    path("named/<str:slug>", ListAPIView.as_view(), name="named"),
]
