"""The Azure resource group of a way in for clients."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

import pulumi
from pulumi_azure_native import resources

from components.component import Component
from components.entry.base import EntryOrigin
from components.regions import Cloud

_ELSEWHERE: Final = "eastus2"
"""The location of a group when no gateway is in Azure."""


def resource_group(
    owner: Component, origins: Iterable[EntryOrigin], tags: Mapping[str, str]
) -> resources.ResourceGroup:
    """Create the resource group of ``owner``, with its name.

    What is in it is global. The group itself has a location, where Azure keeps the list of what is
    in it: that of the first gateway in Azure. It never changes, even when that region goes.
    """
    own = [origin.region for origin in origins if origin.cloud is Cloud.AZURE]
    fixed = pulumi.ResourceOptions(ignore_changes=["location"])
    return resources.ResourceGroup(
        f"{owner.name}-group",
        resource_group_name=owner.name,
        location=own[0] if own else _ELSEWHERE,
        tags=tags,
        opts=pulumi.ResourceOptions.merge(owner.child(), fixed),
    )
