"""The history of the roster schema."""
