"""What the API shows of each row. They only read, and lists of them are compiled: from columns to JSON, without
instances. A method says which columns it reads."""

from __future__ import annotations

from typing import Any

from django_tenfold.api.drf.methods import reads
from rest_framework import serializers

from reviews.authors import NAME_FIELDS, public_name


class CategoryField(serializers.Serializer):
    name = serializers.CharField(read_only=True)
    slug = serializers.SlugField(read_only=True)


class ProductSerializer(serializers.Serializer):
    id = serializers.IntegerField(read_only=True)
    slug = serializers.SlugField(read_only=True)
    name = serializers.CharField(read_only=True)
    category = CategoryField(read_only=True)
    price = serializers.DecimalField(max_digits=8, decimal_places=2, read_only=True)
    photo = serializers.ImageField(read_only=True)
    review_count = serializers.IntegerField(read_only=True)
    rating = serializers.FloatField(read_only=True)


class ProductDetailSerializer(ProductSerializer):
    description = serializers.CharField(read_only=True)


class ReviewSerializer(serializers.Serializer):
    id = serializers.IntegerField(read_only=True)
    product = serializers.SlugField(source="product.slug", read_only=True)
    author = serializers.SerializerMethodField()
    rating = serializers.IntegerField(read_only=True)
    title = serializers.CharField(read_only=True)
    text = serializers.CharField(read_only=True)
    verified = serializers.BooleanField(read_only=True)
    helpful_count = serializers.IntegerField(read_only=True)
    submitted_at = serializers.DateTimeField(read_only=True)

    @reads(*(f"author.{name}" for name in NAME_FIELDS))
    def get_author(self, review: Any) -> str:
        return public_name(review.author)


class StandingSerializer(serializers.Serializer):
    rank = serializers.IntegerField(read_only=True)
    percentile = serializers.FloatField(read_only=True)
    reviewer = serializers.SerializerMethodField()
    review_count = serializers.IntegerField(read_only=True)
    average_seconds = serializers.FloatField(read_only=True)

    @reads(*(f"person.{name}" for name in NAME_FIELDS))
    def get_reviewer(self, standing: Any) -> str:
        return public_name(standing.person)
