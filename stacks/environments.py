"""The classes of environments.

Imports nothing, so that commands know the classes without the time of loading the settings.
"""

from __future__ import annotations

from enum import StrEnum


class EnvironmentClass(StrEnum):
    """What an environment is for."""

    DEV = "dev"
    """Tried out and thrown away: small, public, unprotected."""
    STAGING = "staging"
    """Shaped like production, for test traffic: public, unprotected."""
    PROD = "prod"
    """Serves customers: private listeners, large, protected from deletion."""
