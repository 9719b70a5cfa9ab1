"""A partial evaluator of settings files: syntax trees in, values and where they are set out. It runs nothing."""
