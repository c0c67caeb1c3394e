"""The schemas of plugins that Kong publishes, reduced by `python -m tools.published`."""

from __future__ import annotations

from functools import cache

from tests.providers.konnect.example import Props
from tests.sandbox.konnect.contract import document


@cache
def schemas() -> dict[str, Props]:
    """Return plugin -> its published schema."""
    return document("plugin-schemas-3.15.json")
