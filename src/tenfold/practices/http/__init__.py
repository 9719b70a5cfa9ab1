"""Practices about http."""
