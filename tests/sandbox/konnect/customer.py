"""The customer's clouds as far as a handshake sees them, under a test's control."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from sandbox.clouds.declare import CloudError
from sandbox.store import Store


@dataclass
class Customer:
    """Stands in for ``sandbox.handshakes``: set what is granted, see what Kong opened."""

    share_problem: str | None = "resource share does not exist"
    auto_accept: bool = False
    vpc_exists: bool = True
    grant_problem: str | None = "Kong's principal holds no role"
    overlap: bool = False
    mirrored: bool = False
    states: dict[str, str] = field(default_factory=dict)
    opened: list[dict[str, Any]] = field(default_factory=list)
    closed: list[str] = field(default_factory=list)
    active: bool = False

    @property
    def transit_gateway(self) -> SimpleNamespace:
        """Stands in for ``sandbox.handshakes.transit_gateway``."""
        return SimpleNamespace(
            missing=lambda store, **asked: self.share_problem,
            open_=self._open_attachment,
            state=lambda store, region, attachment_id: self.states[attachment_id],
            close=lambda store, region, attachment_id: self.closed.append(attachment_id),
        )

    def _open_attachment(self, store: Store, **asked: Any) -> str:
        self.opened.append(asked)
        id_ = f"tgw-attach-{len(self.opened)}"
        self.states[id_] = "available" if self.auto_accept else "pendingAcceptance"
        return id_

    @property
    def vpc_peering(self) -> SimpleNamespace:
        """Stands in for ``sandbox.handshakes.vpc_peering``."""
        return SimpleNamespace(
            missing=self._missing_vpc,
            open_=self._open_vpc_peering,
            state=lambda store, region, peering_id: self.states[peering_id],
            close=lambda store, region, peering_id: self.closed.append(peering_id),
        )

    def _missing_vpc(self, store: Store, **asked: Any) -> str | None:
        return None if self.vpc_exists else f"no VPC {asked['peer_vpc_id']}"

    def _open_vpc_peering(self, store: Store, **asked: Any) -> str:
        self.opened.append(asked)
        self.states["pcx-1"] = "pending-acceptance"
        return "pcx-1"

    @property
    def resource_endpoint(self) -> SimpleNamespace:
        """Stands in for ``sandbox.handshakes.resource_endpoint``."""
        return SimpleNamespace(
            missing=lambda store, **asked: self.share_problem,
            unreachable=lambda store, **asked: None,
        )

    @property
    def azure_peering(self) -> SimpleNamespace:
        """Stands in for ``sandbox.handshakes.azure_peering``."""
        return SimpleNamespace(
            missing=lambda store, **asked: self.grant_problem,
            open_=self._open_azure_peering,
            close=lambda store, peering_id: self.closed.append(peering_id),
        )

    def _open_azure_peering(self, store: Store, **asked: Any) -> str:
        if self.overlap:
            raise CloudError("VnetAddressSpacesOverlap", "address spaces overlap")
        self.opened.append(asked)
        return "peering-1"

    @property
    def gcp_peering(self) -> SimpleNamespace:
        """Stands in for ``sandbox.handshakes.gcp_peering``."""
        return SimpleNamespace(
            missing=lambda store, **asked: None if self.mirrored else "no peering towards Kong's",
            open_=self._open_gcp_peering,
            close=self._close_gcp_peering,
        )

    def _open_gcp_peering(self, store: Store, **asked: str) -> None:
        self.active = True

    def _close_gcp_peering(self, store: Store, **asked: str) -> None:
        self.active = False
