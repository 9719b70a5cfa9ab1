"""Serializers of REST framework as projects write them, and views that list them."""

from __future__ import annotations

from typing import Any

from django.db.models import Count
from django.urls import path
from rest_framework import serializers
from rest_framework.generics import ListAPIView, RetrieveAPIView
from rest_framework.pagination import CursorPagination, LimitOffsetPagination, PageNumberPagination
from rest_framework.renderers import JSONRenderer

from django_tenfold.api.drf.methods import reads
from django_tenfold.api.drf.renderers import FastJSONRenderer
from django_tenfold.api.drf.views import CompiledListMixin
from tests.django_site.reads.models import Author, Book, Country, Profile, Review, Tag


class CountrySerializer(serializers.ModelSerializer):
    class Meta:
        model = Country
        fields = "__all__"


class AuthorSerializer(serializers.ModelSerializer):
    country = CountrySerializer()
    motto = serializers.CharField(source="profile.motto", read_only=True)

    class Meta:
        model = Author
        fields = ("id", "name", "country", "motto", "profile")
        read_only_fields = ("profile",)


class ReviewSerializer(serializers.ModelSerializer):
    by = AuthorSerializer(source="author", read_only=True)
    told = serializers.CharField(source="get_stars_display", read_only=True)

    class Meta:
        model = Review
        fields = ("id", "stars", "told", "get_stars_display", "text", "by", "author", "book")


class BookSerializer(serializers.ModelSerializer):
    """Every column, and a relation of each kind."""

    url = serializers.HyperlinkedIdentityField(view_name="book")
    maker = AuthorSerializer(source="author", read_only=True)
    editor_name = serializers.CharField(source="editor.name", read_only=True)
    editor_country = serializers.CharField(source="editor.country.name", read_only=True, allow_null=True)
    author_country = serializers.SlugRelatedField(source="author.country", slug_field="name", read_only=True)
    origin_name = serializers.ReadOnlyField(source="origin.name")
    origin_link = serializers.HyperlinkedRelatedField(source="origin", view_name="country", read_only=True)
    kind_told = serializers.CharField(source="get_kind_display", read_only=True)
    tag_names = serializers.SlugRelatedField(source="tags", slug_field="name", many=True, read_only=True)
    reviews = ReviewSerializer(many=True, read_only=True)
    review_links = serializers.HyperlinkedRelatedField(
        source="reviews", view_name="review", many=True, read_only=True
    )
    raw_price = serializers.DecimalField(
        source="price", max_digits=14, decimal_places=3, coerce_to_string=False
    )
    day = serializers.DateField(source="published", format="%d/%m/%Y", read_only=True)
    when = serializers.DateTimeField(source="changed", default_timezone=None, read_only=True, format="%s%z")
    hexed = serializers.UUIDField(source="key", format="hex", read_only=True)
    label = serializers.SerializerMethodField()
    passcode = serializers.CharField(write_only=True)

    class Meta:
        model = Book
        exclude = ("secret",)

    @reads("title", "author.name")
    def get_label(self, book: Any) -> str:
        return f"{book.title} / {book.author.name} / {bool(self.context)}"


class KeysSerializer(serializers.ModelSerializer):
    """Keys that are columns, as PrimaryKeyRelatedField shows them too."""

    id = serializers.PrimaryKeyRelatedField(read_only=True)
    author_id = serializers.PrimaryKeyRelatedField(read_only=True)
    editor_id = serializers.PrimaryKeyRelatedField(read_only=True)
    origin_id = serializers.PrimaryKeyRelatedField(read_only=True)
    land = serializers.PrimaryKeyRelatedField(source="editor.country_id", read_only=True)
    key = serializers.PrimaryKeyRelatedField(read_only=True, pk_field=serializers.UUIDField(format="hex"))

    class Meta:
        model = Book
        fields = ("id", "author_id", "editor_id", "origin_id", "land", "key")


class CountedSerializer(serializers.ModelSerializer):
    reviews_count = serializers.IntegerField(read_only=True)

    class Meta:
        model = Book
        fields = ("title", "reviews_count")


class ProfileSerializer(serializers.ModelSerializer):
    class Meta:
        model = Profile
        fields = "__all__"


class TagSerializer(serializers.ModelSerializer):
    class Meta:
        model = Tag
        fields = ("name", "books")


class ShoutingSerializer(serializers.ModelSerializer):
    """Everything that cannot be proved."""

    loud = serializers.CharField(source="loud_name", read_only=True)
    told = serializers.SerializerMethodField()
    country = serializers.StringRelatedField()

    class Meta:
        model = Author
        fields = ("name", "loud", "told", "country")

    def get_told(self, author: Author) -> str:
        return str(author) * 2


class OwnSerializer(serializers.ModelSerializer):
    class Meta:
        model = Author
        fields = ("name",)

    def to_representation(self, instance: Author) -> dict[str, Any]:
        return {**super().to_representation(instance), "more": 1}


class PlainBooks(ListAPIView):
    """As it was before: one query for each relation of each row."""

    queryset = Book.objects.all()
    serializer_class = BookSerializer
    renderer_classes = (JSONRenderer,)


class Books(CompiledListMixin, PlainBooks):
    pass


class PlainKeys(PlainBooks):
    serializer_class = KeysSerializer


class Keys(CompiledListMixin, PlainKeys):
    pass


class FastBooks(Books):
    renderer_classes = (FastJSONRenderer,)


class Pages(PageNumberPagination):
    page_size = 2


class Offsets(LimitOffsetPagination):
    default_limit = 2


class Cursors(CursorPagination):
    page_size = 2
    ordering = ("-pages", "id")


class Looking(PageNumberPagination):
    """Looks at the objects of its page."""

    page_size = 2

    def paginate_queryset(self, queryset: Any, request: Any, view: Any = None) -> Any:
        page = super().paginate_queryset(queryset, request, view)
        self.titles = [one.title for one in page or ()]
        return page


class Counted(CompiledListMixin, ListAPIView):
    queryset = Book.objects.annotate(reviews_count=Count("reviews")).order_by("id")
    serializer_class = CountedSerializer


class Shouting(CompiledListMixin, ListAPIView):
    queryset = Author.objects.order_by("id")
    serializer_class = ShoutingSerializer


urlpatterns = [
    path("books/<int:pk>/", RetrieveAPIView.as_view(), name="book"),
    path("countries/<str:pk>/", RetrieveAPIView.as_view(), name="country"),
    path("reviews/<int:pk>/", RetrieveAPIView.as_view(), name="review"),
]
