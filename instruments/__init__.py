"""What is asked: questionnaires, scales and items as data, and pure scoring. No Flask, no SQL."""
