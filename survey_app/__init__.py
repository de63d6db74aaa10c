"""How people meet Peil: the command line, the respondent's booth, and the pages for staff."""
