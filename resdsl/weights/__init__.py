"""Weights: how they start, and how they travel between targets by name."""
