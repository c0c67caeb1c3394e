"""System accounts, their tokens and roles."""

from __future__ import annotations

from collections.abc import Callable

from tests.providers.konnect.case import Case
from tests.providers.konnect.example import Example
from tests.providers.konnect.local_konnect import LocalKonnect

EXAMPLES: tuple[Example, ...] = ()

CASES: dict[str, Callable[[LocalKonnect], Case]] = {}
