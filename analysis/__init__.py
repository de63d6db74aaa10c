"""What the answers mean: pure functions on arrays. No Flask, no SQL."""
