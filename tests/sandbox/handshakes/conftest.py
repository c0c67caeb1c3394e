"""The store, the clouds and their providers, as the tests of the clouds have them."""

from __future__ import annotations

from tests.sandbox.clouds.conftest import aws, azure, clouds, connect, gcp, store

__all__ = ["aws", "azure", "clouds", "connect", "gcp", "store"]
