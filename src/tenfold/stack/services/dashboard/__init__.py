"""The dashboard of tasks: flower."""
