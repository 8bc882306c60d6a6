"""From the tree to the network: names resolved, values computed, shapes checked."""
