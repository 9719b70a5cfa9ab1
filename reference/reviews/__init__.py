"""What members write about products, and what others think of it."""
