"""A quarter of the random nets, in a process of its own."""

from quarters import holds_a_quarter


def test_random_nets_compute_what_the_language_says() -> None:
    holds_a_quarter(3)
