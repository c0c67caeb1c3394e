"""The names of what a release makes: in Konnect, the same on each control plane, and in state."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class ReleaseNames:
    """Names that begin with that of the Gateway Service. An Api's own upstream has another name."""

    service: str
    release: str = ""
    """The name of the component."""

    def target_resource(self, plane: str, key: str) -> str:
        """The name in the program of a target on a control plane."""
        return f"{self.release}-{plane}-target-{key}"

    @property
    def upstream(self) -> str:
        """The upstream that weighted versions share: the host of the service."""
        return f"{self.service}.release"

    def upstream_of(self, version: str) -> str:
        """The upstream of one version, where each has its own."""
        return f"{self.service}-{version}.release"

    def version_of(self, upstream: str) -> str | None:
        """The version of an upstream with the name of ``upstream_of``; None for another name."""
        found = re.fullmatch(rf"{re.escape(self.service)}-(.+)\.release", upstream)
        return found[1] if found else None

    def service_of(self, version: str) -> str:
        """The Gateway Service of one version: for the preview header and for A/B."""
        return f"{self.service}-{version}"
