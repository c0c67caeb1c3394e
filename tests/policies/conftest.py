"""Policies through the real engine use the worlds of the integration tests."""

from __future__ import annotations

from tests.integration.conftest import make_world

__all__ = ["make_world"]
