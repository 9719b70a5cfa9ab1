"""THE CATALOGUE: one folder per topic, one file per practice."""
