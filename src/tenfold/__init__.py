"""Tenfold: judge a Django project against the practices of production at scale."""

__version__ = "0.1.0.dev0"
