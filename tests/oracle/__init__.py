"""Brute-force counts in plain Python: what every figure must equal."""
