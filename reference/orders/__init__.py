"""Orders, and the letter that confirms them."""
