from shop.models import Category


def sidebar(request):
    return {"categories": list(Category.objects.all())}
