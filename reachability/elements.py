"""What parts of the graph come from, and what they need.

Each part names the resource it comes from. What is not a resource, such as a route that a cloud
makes by itself, names the resource that causes it.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Element:
    """A resource that a part of the graph comes from."""

    type: str
    """Its type token."""
    name: str
    """Its logical name."""
    urn: str = ""

    def __str__(self) -> str:
        return f"{self.type.rpartition(':')[2]} {self.name}"


@dataclass(frozen=True)
class Condition:
    """Something without which a peering, an attachment or a name does not work."""

    met: bool
    at: Element
    """The resource to correct, or the one that lacks another."""
    problem: str
    """What is wrong if the condition is not met."""
    remedy: str
    wanted: str = ""
    """The type token of a missing resource."""
