"""Surveys at every stage, for the tests of this room."""

from tests.survey_app.commission.stages import at

__all__ = ["at"]
