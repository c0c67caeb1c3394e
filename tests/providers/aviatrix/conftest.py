"""Fixtures of the tests of Aviatrix: no controller from outside, a provider with a password."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from providers.aviatrix.crud import AviatrixProvider
from tests.providers.aviatrix.controller import BASE, PASSWORD

MARK = "0a1b2c3d"


@pytest.fixture(autouse=True)
def no_controller(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave nothing of the developer's own controller in the environment."""
    for name in ("CONTROLLER_IP", "USERNAME", "PASSWORD"):
        monkeypatch.delenv(f"AVIATRIX_{name}", raising=False)


@pytest.fixture
def configured() -> Callable[[type[AviatrixProvider[Any]]], Any]:
    """Configures a provider for the scripted controller."""

    def configure(kind: type[AviatrixProvider[Any]]) -> Any:
        provider = kind()
        provider._config = {
            "aviatrix:controller_ip": BASE,
            "aviatrix:username": "admin",
            "aviatrix:password": PASSWORD,
        }
        return provider

    return configure
