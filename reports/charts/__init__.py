"""Charts as ReportLab drawings: the same drawing goes into the PDF and, as SVG, on a page."""
