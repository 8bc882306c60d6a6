"""Compile-time values: numbers that remember how they were made, symbolic sizes."""
