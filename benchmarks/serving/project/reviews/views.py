from django.http import HttpResponse, JsonResponse
from rest_framework import generics, serializers

from .models import Author, Book, Review


class AuthorSerializer(serializers.ModelSerializer):
    class Meta:
        model = Author
        fields = ("id", "name")


class BookSerializer(serializers.ModelSerializer):
    author = AuthorSerializer()

    class Meta:
        model = Book
        fields = ("id", "title", "author")


class ReviewSerializer(serializers.ModelSerializer):
    book = BookSerializer()

    class Meta:
        model = Review
        fields = ("id", "book", "stars", "text", "created")


class ReviewList(generics.ListAPIView):
    serializer_class = ReviewSerializer
    queryset = Review.objects.select_related("book__author").order_by("pk")[:20]


def plain(request):
    return HttpResponse("ok")


def one(request):
    review = Review.objects.get(pk=7)
    return JsonResponse({"id": review.pk, "stars": review.stars})
