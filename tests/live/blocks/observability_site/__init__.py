"""A site with the observability block in processes of its own, on the servers that its environment names."""
