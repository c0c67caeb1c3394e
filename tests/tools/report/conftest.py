"""The report's engine test uses a world of the integration tests."""

from __future__ import annotations

from tests.integration.conftest import make_world

__all__ = ["make_world"]
