"""What a drawn body knows by name: parameters, `let`s and blocks."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Known:
    """What a body knows by name."""

    parameters: dict[str, object] = field(default_factory=dict)
    written: dict[str, str] = field(default_factory=dict)
    """Parameters whose value is a layer, a block or a rule, as text."""
    lets: dict[str, object] = field(default_factory=dict)
    blocks: dict[str, str] = field(default_factory=dict)
    """Parameters that are blocks, by the block."""

    @property
    def names(self) -> dict[str, object]:
        found = self.parameters | self.lets
        return {n: value for n, value in found.items() if n not in self.written}

    def text(self, name: str) -> str:
        if name in self.written:
            return self.written[name]
        value = self.parameters.get(name, self.lets.get(name))
        return str(value).lower() if isinstance(value, bool) else str(value)

    def header(self) -> str:
        listed = [f"{name} = {self.text(name)}" for name in self.parameters]
        return f"({', '.join(listed)})" if listed else ""


@dataclass
class Block:
    """A declared block, and what it was drawn with."""

    name: str
    parameters: dict[str, object]
    written: dict[str, str]
    defaults: set[str]
