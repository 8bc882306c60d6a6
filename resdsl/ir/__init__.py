"""What a network is once understood. Repeats stay rolled; every shape is known."""
