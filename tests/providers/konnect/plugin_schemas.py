"""The schemas of plugins that Kong publishes, beside the published documents."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

from tests.providers.konnect.example import Props
from tests.sandbox.konnect.contract import needed_directory


def _published_name(stem: str) -> str:
    """``RateLimitingAdvanced`` is the schema of ``rate-limiting-advanced``."""
    return "".join(f"-{c.lower()}" if c.isupper() else c for c in stem).removeprefix("-")


@cache
def _read(folder: Path) -> dict[str, Props]:
    return {
        _published_name(path.stem): json.loads(path.read_text(encoding="utf-8"))
        for path in sorted(folder.glob("*.json"))
    }


def schemas() -> dict[str, Props]:
    """Plugin -> its published schema. Without them the test that asks is skipped."""
    found = _read(needed_directory() / "plugin-schemas-3.15")
    assert found
    return found
