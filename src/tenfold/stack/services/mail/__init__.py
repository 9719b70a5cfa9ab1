"""The mail sink: what the project sends is kept and shown, never delivered."""
