"""The same stack for other engines: compose, systemd, kubernetes, ansible, plain configuration files."""
