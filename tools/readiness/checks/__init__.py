"""The items of the checklist, in the order of Kong's guide. Each file has those of one subject."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from tools.readiness.checks import (
    addresses,
    aws,
    azure,
    data_planes,
    domains,
    gcp,
    launch,
    plugins,
    routes,
    security,
    services,
)
from tools.readiness.verdict import Item

ITEMS: Final[Sequence[Item]] = (
    *domains.ITEMS,
    *data_planes.ITEMS,
    *services.ITEMS,
    *plugins.ITEMS,
    *routes.ITEMS,
    *addresses.ITEMS,
    addresses.SUBNET_CAPACITY["aws"],
    *aws.ITEMS,
    addresses.SUBNET_CAPACITY["azure"],
    *azure.ITEMS,
    addresses.SUBNET_CAPACITY["gcp"],
    *gcp.ITEMS,
    *security.ITEMS,
    *launch.ITEMS,
)
