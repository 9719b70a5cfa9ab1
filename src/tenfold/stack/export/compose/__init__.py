"""Compose: the stack on one host with containers, and the image it runs."""
