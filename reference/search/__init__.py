"""Finds products and reviews by their words."""
