"""What respondents meet: the service behind the booth, the booth itself, and the path without JavaScript."""

from survey_app.respond.api import blueprint

__all__ = ["blueprint"]
