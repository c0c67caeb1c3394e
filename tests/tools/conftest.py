"""Fixtures for the tests of the tools."""

from __future__ import annotations

from tests.tools.checkout import make_checkout

__all__ = ["make_checkout"]
