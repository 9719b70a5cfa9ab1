from django.contrib import admin

from shop.models import Category, Order, Product, Review

admin.site.register([Category, Product, Review, Order])
