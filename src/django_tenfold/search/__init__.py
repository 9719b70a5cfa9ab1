"""Search over a model's texts: ranked, faceted, forgiving of typos, kept fresh by the database itself."""
