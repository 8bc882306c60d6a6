"""One file of facts a target; flat, none inherits another."""
