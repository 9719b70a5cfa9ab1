"""Writing, withdrawing and voting for reviews; the export for staff."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.contrib.auth.mixins import LoginRequiredMixin, UserPassesTestMixin
from django.db import IntegrityError
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.utils.functional import cached_property
from django.views.generic import CreateView, DeleteView, FormView, View
from django_tenfold.api.export import export_response

from products.reading import find_product
from reviews.export import COLUMNS, ExportForm, find_rows
from reviews.forms import ReviewForm
from reviews.models import Review
from reviews.posting import publish_review, vote_helpful, withdraw_review

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest, HttpResponse

    from products.models import Product


class WriteReview(LoginRequiredMixin, CreateView):
    form_class = ReviewForm
    template_name = "reviews/write.html"

    @cached_property
    def product(self) -> Product:
        return find_product(self.kwargs["slug"])

    def get_context_data(self, **named: Any) -> dict[str, Any]:
        return super().get_context_data(product=self.product, **named)

    def form_valid(self, form: ReviewForm) -> HttpResponse:
        review = form.save(commit=False)
        review.product, review.author = self.product, self.request.user
        review.started_at = form.cleaned_data["started"]
        try:
            publish_review(review)
        except IntegrityError:
            form.add_error(None, "You have reviewed this product already.")
            return self.form_invalid(form)
        messages.success(self.request, "Thank you: your review is published.")
        return HttpResponseRedirect(self.product.get_absolute_url())


class WithdrawReview(LoginRequiredMixin, DeleteView):
    template_name = "reviews/withdraw.html"
    context_object_name = "review"

    def get_queryset(self) -> QuerySet[Review]:
        return Review.objects.filter(author=self.request.user).select_related("product")

    def get_success_url(self) -> str:
        return self.object.product.get_absolute_url()

    def form_valid(self, form: Any) -> HttpResponse:
        withdraw_review(self.object)
        messages.success(self.request, "Your review is withdrawn.")
        return HttpResponseRedirect(self.get_success_url())


class VoteHelpful(LoginRequiredMixin, View):
    http_method_names = ["post"]

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        review = get_object_or_404(Review.objects.select_related("product").only("product__slug"), pk=pk)
        if vote_helpful(review, request.user.pk):
            messages.success(request, "Thank you: your vote is counted.")
        else:
            messages.info(request, "You have voted for this review already.")
        return HttpResponseRedirect(f"{review.product.get_absolute_url()}#review-{pk}")


class Export(LoginRequiredMixin, UserPassesTestMixin, FormView):
    """The form, and with `?download=1` the file: streamed, so that it begins at once, whatever its size."""

    form_class = ExportForm
    template_name = "reviews/export.html"
    raise_exception = False

    def test_func(self) -> bool:
        return self.request.user.has_perm("reviews.view_review")

    def get(self, request: HttpRequest, *arguments: Any, **named: Any) -> HttpResponse:
        if "download" not in request.GET:
            return super().get(request, *arguments, **named)
        form = ExportForm(request.GET)
        if not form.is_valid():
            return self.form_invalid(form)
        name = f"reviews-{datetime.now().astimezone():%Y-%m-%d}.csv"
        return export_response(request, find_rows(form.cleaned_data), COLUMNS, filename=name)
