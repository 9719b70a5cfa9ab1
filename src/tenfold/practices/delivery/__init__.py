"""Practices about delivery."""
