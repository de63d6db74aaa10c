"""The life of a survey, from roster to archive, and the pages of HR."""
