"""The JSON API: read only, paginated, throttled."""
