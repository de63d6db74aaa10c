"""From flowables to a PDF file."""
