"""Generates names for objects without one: the logical name and some hex digits.

The digits come from the seed that the engine sends. So a preview and the update after it use the
same name.
"""

from __future__ import annotations

import hashlib
import uuid

from sandbox.clouds.declare import Autoname


def logical_name(urn: str) -> str:
    """The resource's name in the program: the last part of its URN."""
    return urn.split("::", 3)[-1]


def type_of(urn: str) -> str:
    """The type token in a URN, without the types of its parents."""
    parts = urn.split("::")
    return parts[2].split("$")[-1] if len(parts) > 3 else ""


def made_up(rule: Autoname, urn: str, seed: bytes) -> str:
    """Generate a name for the resource ``urn`` by ``rule``."""
    digest = hashlib.sha256(seed + urn.encode())
    if rule.guid:
        return str(uuid.UUID(bytes=digest.digest()[:16], version=4))
    base = logical_name(urn)
    if rule.lower:
        base = base.lower()
    digits = digest.hexdigest()[: rule.digits]
    room = rule.longest - rule.digits - len(rule.separator)
    return f"{base[:room]}{rule.separator}{digits}"
