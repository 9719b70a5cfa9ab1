"""The pages that belong to no other app: the home page, robots.txt, the error pages."""
