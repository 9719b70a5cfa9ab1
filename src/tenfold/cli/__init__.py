"""One thin file per verb: `NAME`, `HELP`, `add_arguments(parser)` and `run(arguments) -> exit code`."""
