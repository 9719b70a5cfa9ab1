"""The configuration files alone, for whoever deploys in a way of their own."""
