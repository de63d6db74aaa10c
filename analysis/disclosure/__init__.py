"""The gate: the one place that turns respondents into publishable figures."""
