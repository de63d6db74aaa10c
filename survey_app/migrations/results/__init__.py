"""The history of the results schema."""
