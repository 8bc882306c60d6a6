"""From the network to a page of code. Knows no layer and no framework by name."""
