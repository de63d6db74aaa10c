"""The pages of the report, one module a page family; each yields flowables for one context."""
