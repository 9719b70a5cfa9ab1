"""Ansible: the stack on many hosts, released one host after the other."""
