"""A project for live tests of tasks: its worker and its schedulers are processes of their own."""
