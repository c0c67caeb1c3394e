"""The links of a region to the customer's network."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from components.links.kinds import LinkKind
from stacks.models.base import Model


class LinkSettings(Model):
    """One link of a region."""

    kind: Annotated[LinkKind | None, Field(examples=["vpc-peering"])] = None
    """How it connects: transit-gateway or vpc-peering in AWS, vnet-peering in Azure, vpc-peering in
    GCP. The key, when it is left out."""
