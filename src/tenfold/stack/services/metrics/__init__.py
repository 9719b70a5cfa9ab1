"""The metrics: Prometheus, its exporters and alert rules."""
