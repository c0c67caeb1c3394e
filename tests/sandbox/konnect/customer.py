"""The customer's clouds as far as a handshake sees them, under a test's control."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from sandbox.clouds.declare import CloudError
from sandbox.store import Store


@dataclass
class Customer:
    """Stands in for ``sandbox.handshake``: set what is granted, see what Kong opened."""

    share_problem: str | None = "resource share does not exist"
    auto_accept: bool = False
    vpc_exists: bool = True
    grant_problem: str | None = "Kong's principal holds no role"
    overlap: bool = False
    mirrored: bool = False
    states: dict[str, str | None] = field(default_factory=dict)
    opened: list[dict[str, Any]] = field(default_factory=list)
    closed: list[str] = field(default_factory=list)
    active: bool = False

    def aws_tgw_share_problem(self, store: Store, **asked: str) -> str | None:
        return self.share_problem

    def aws_resource_share_problem(self, store: Store, **asked: str) -> str | None:
        return self.share_problem

    def aws_open_tgw_attachment(self, store: Store, **asked: Any) -> str:
        self.opened.append(asked)
        id_ = f"tgw-attach-{len(self.opened)}"
        self.states[id_] = "available" if self.auto_accept else "pendingAcceptance"
        return id_

    def aws_tgw_attachment_state(self, store: Store, attachment_id: str) -> str | None:
        return self.states.get(attachment_id)

    def aws_remove_tgw_attachment(self, store: Store, attachment_id: str) -> None:
        self.closed.append(attachment_id)

    def aws_open_vpc_peering(self, store: Store, **asked: Any) -> str | None:
        if not self.vpc_exists:
            return None
        self.opened.append(asked)
        self.states["pcx-1"] = "pending-acceptance"
        return "pcx-1"

    def aws_vpc_peering_state(self, store: Store, peering_id: str) -> str | None:
        return self.states.get(peering_id)

    def aws_remove_vpc_peering(self, store: Store, peering_id: str) -> None:
        self.closed.append(peering_id)

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

    def gcp_mirror_exists(self, store: Store, **asked: str) -> bool:
        return self.mirrored

    def gcp_activate_peering(self, store: Store, **asked: str) -> None:
        self.active = True

    def gcp_deactivate_peering(self, store: Store, **asked: str) -> None:
        self.active = False
