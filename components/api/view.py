"""What an API needs of the gateway that it is put on: a contract, or a part of one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import pulumi


class OwnerView(Protocol):
    """The stack that owns the gateway."""

    @property
    def project(self) -> str:
        """The project."""

    @property
    def stack(self) -> str:
        """The stack."""


class ControlPlaneView(Protocol):
    """A control plane of the gateway."""

    @property
    def id(self) -> pulumi.Output[str]:
        """Konnect's id."""

    @property
    def cache_partial_id(self) -> pulumi.Output[str] | None:
        """The ``redis-ee`` partial of its cache. None: it has no cache."""

    @property
    def consumer_groups(self) -> Mapping[str, pulumi.Output[str]]:
        """Ids of the consumer groups of its governance, by name."""


class RegionView(Protocol):
    """A region of the gateway."""

    @property
    def cloud(self) -> str:
        """``aws``, ``azure`` or ``gcp``."""

    @property
    def control_plane(self) -> str:
        """The key of its control plane."""

    @property
    def hostnames(self) -> pulumi.Output[list[str]]:
        """Names under which clients reach the region."""


class GatewayView(Protocol):
    """A gateway. `stacks.contract.GatewayContract` is one."""

    @property
    def owner(self) -> OwnerView:
        """The stack that owns it."""

    @property
    def version(self) -> str | None:
        """The gateway version, ``"3.13"``; None if it is not known."""

    @property
    def control_planes(self) -> Mapping[str, ControlPlaneView]:
        """By key: ``main``, a cloud, or a cloud and region."""

    @property
    def regions(self) -> Mapping[str, RegionView]:
        """By key: ``aws-us-east-2``."""
