"""The cache: Valkey or Redis that forgets what is used least, or memcached."""
