"""Releases: a new version of an API gets its requests step by step, and a gate watches it."""

from components.release.model import (
    AbTest,
    BlueGreen,
    Canary,
    Gate,
    PluginCanary,
    ReleaseArgs,
    ReleaseDeclaration,
    ReleaseError,
    ServiceSettings,
    Version,
)
from components.release.release import Release, ReleaseRefused

__all__ = [
    "AbTest",
    "BlueGreen",
    "Canary",
    "Gate",
    "PluginCanary",
    "Release",
    "ReleaseArgs",
    "ReleaseDeclaration",
    "ReleaseError",
    "ReleaseRefused",
    "ServiceSettings",
    "Version",
]
