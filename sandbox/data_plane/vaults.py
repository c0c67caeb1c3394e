"""Vault references in plugins' settings, as a data-plane node resolves them.

Konnect's managed cache is configured by references to environment variables of the node, for
example ``{vault://env/ADDON_MANAGED_CACHE_HOST}``. A group's own variables come from its
``environment``. Only vaults of the kind ``env`` are played.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sandbox.store import Body

_REFERENCE = re.compile(r"\{vault://(?P<vault>[^/}]+)/(?P<name>[^/}]+)(?:/(?P<key>[^}]+))?\}")


def resolver(environment: Mapping[str, str], vaults: Sequence[Body]) -> Callable[[str], str | None]:
    """A function from a reference to its value, or None when it cannot be resolved.

    A vault entity of the kind ``env`` has a prefix of its own, and may put ``config.prefix`` before
    the names of variables.
    """
    before = {"env": ""}
    for vault in vaults:
        if vault["name"] == "env":
            before[vault["prefix"]] = (vault.get("config") or {}).get("prefix") or ""

    def resolve(reference: str) -> str | None:
        found = _REFERENCE.fullmatch(reference)
        if found is None or found["vault"] not in before:
            return None
        name = before[found["vault"]] + found["name"]
        value = environment.get(name.upper().replace("-", "_"))
        if value is None or found["key"] is None:
            return value
        try:
            return str(json.loads(value)[found["key"]])
        except (ValueError, KeyError, TypeError):
            return None

    return resolve


def resolved(value: Any, resolve: Callable[[str], str | None], failed: list[str]) -> Any:
    """A copy of a setting with its references replaced.

    References without a value stay as they are, and are added to ``failed``.
    """
    if isinstance(value, dict):
        return {name: resolved(part, resolve, failed) for name, part in value.items()}
    if isinstance(value, list):
        return [resolved(part, resolve, failed) for part in value]
    if isinstance(value, str) and _REFERENCE.fullmatch(value):
        found = resolve(value)
        if found is None:
            failed.append(value)
            return value
        return found
    return value
