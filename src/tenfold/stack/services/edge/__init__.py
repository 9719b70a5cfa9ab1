"""The edge: nginx, which every request passes first."""
