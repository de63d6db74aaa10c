"""For WSGI servers: ``gunicorn wsgi:app``; settings come from the environment."""

from survey_app.application import create_app

app = create_app()
