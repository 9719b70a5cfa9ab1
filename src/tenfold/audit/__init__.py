"""JUDGE: practices are run over a project's facts; the outcome is a report as a value."""
