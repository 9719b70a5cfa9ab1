import csv
import json
import threading
import urllib.request

from django.contrib.auth.decorators import login_required
from django.core.mail import send_mail
from django.db import connection
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.generic import ListView

from shop.models import Category, Order, OrderLine, Product, Review


def home(request):
    products = Product.objects.all()
    if products.count() > 0:
        print("home page with", len(products), "products")
    best = sorted(
        products,
        key=lambda product: product.average_rating if product.average_rating else (0 if product.price > 100 else -1),
    )
    return render(request, "shop/home.html", {"products": best[-10:]})


class ProductList(ListView):
    model = Product


class CategoryList(ListView):
    model = Category


class ReviewList(ListView):
    model = Review


def product(request, pk):
    found = get_object_or_404(Product, pk=pk)
    reviews = [
        {"author": review.author.username, "rating": review.rating, "text": review.text}
        for review in found.reviews.all()
    ]
    return render(request, "shop/product.html", {"product": found, "reviews": reviews})


@login_required
def add_review(request, pk):
    found = get_object_or_404(Product, pk=pk)
    review = Review.objects.create(
        product=found, author=request.user, rating=int(request.POST["rating"]), text=request.POST["text"]
    )
    send_mail("A new review", review.text, "shop@shop.example", ["team@shop.example"])
    threading.Thread(target=check_spelling, args=(review.pk,)).start()
    return redirect("/products/%s/" % pk)


def check_spelling(pk):
    review = Review.objects.get(pk=pk)
    body = json.dumps({"text": review.text}).encode()
    with urllib.request.urlopen("https://spelling.example/check", body) as answer:
        review.text = json.load(answer)["text"]
    review.save()


def search(request):
    words = request.GET.get("q", "")
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT id FROM shop_product WHERE description ILIKE '%%{words}%%'")
        ids = [row[0] for row in cursor.fetchall()]
    products = Product.objects.filter(pk__in=ids) | Product.objects.filter(name__icontains=words)
    return render(request, "shop/home.html", {"products": products})


def export(request):
    response = HttpResponse(content_type="text/csv")
    writer = csv.writer(response)
    for line in OrderLine.objects.all():
        writer.writerow([line.order.id, line.product.name, line.quantity])
    return response


@login_required
def order(request, pk):
    found = get_object_or_404(Order, pk=pk, customer=request.user)
    for line in found.lines.all():
        line.quantity = max(line.quantity, 1)
        line.save()
    return JsonResponse({"order": found.pk, "lines": [line.product.name for line in found.lines.all()]})


def health(request):
    return HttpResponse("ok")
