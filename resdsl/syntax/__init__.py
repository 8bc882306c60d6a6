"""From text to a tree. Knows no layer by name."""
