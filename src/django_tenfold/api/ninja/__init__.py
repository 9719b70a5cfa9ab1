"""django-ninja: its lists compiled, and its pages by key."""
