"""Invitations and reminders by mail: what they say, who gets them, and how each is sent once."""
