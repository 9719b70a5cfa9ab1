"""systemd: a unit for each service, hardened, and what belongs to them."""
