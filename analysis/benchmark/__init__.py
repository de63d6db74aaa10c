"""Public figures next to which an organisation is read: the catalogue, standardisation, comparison.

Data stand in ``catalogue/``, one file an indicator; no Flask, no SQL, no network.
"""
