"""What is sold: products in categories, with photos."""
