"""How fast and how large: the product next to the least that the same work could cost."""
