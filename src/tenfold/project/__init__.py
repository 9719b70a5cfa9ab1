"""READ: a project becomes frozen facts; no opinions.

The modules here hold the kinds of facts (pure); `readers` touches the disk and makes them.
"""
