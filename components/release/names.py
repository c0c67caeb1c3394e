"""The names in Konnect of what a release makes, the same on each control plane."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ReleaseNames:
    """Names that begin with that of the Gateway Service. An Api's own upstream has another name."""

    service: str

    @property
    def upstream(self) -> str:
        """The upstream that weighted versions share: the host of the service."""
        return f"{self.service}.release"

    def upstream_of(self, version: str) -> str:
        """The upstream of one version, where each has its own."""
        return f"{self.service}-{version}.release"

    def service_of(self, version: str) -> str:
        """The Gateway Service of one version: for the preview header and for A/B."""
        return f"{self.service}-{version}"
