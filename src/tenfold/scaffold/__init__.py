"""The beginnings of a new project: its name, and its files as values."""
