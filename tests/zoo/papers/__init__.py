"""Networks that no package has, each written in plain torch from its paper.

A file is a family; `models.toml` says what its class is given. None knows of resdsl.
"""
