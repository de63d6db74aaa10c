"""The history of the urn schema."""
