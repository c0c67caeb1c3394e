"""Fixtures for the tests of the tools."""

from __future__ import annotations

from tests.engine_fixture import engine, make_project, pulumi_env
from tests.tools.checkout import make_checkout

__all__ = ["engine", "make_checkout", "make_project", "pulumi_env"]
