"""Shared by all simulated Azure types: ids, parents, locations and errors.

The provider reads first, and refuses to create an object that already exists. Without a location it
uses that of the resource group. It treats ``West Europe`` and ``westeurope`` as equal.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Mapping
from typing import Any

from sandbox.accounts import CUSTOMER_AZURE_SUBSCRIPTION
from sandbox.clouds import tokens
from sandbox.clouds.inputs import mapping, text
from sandbox.clouds.model import (
    Autoname,
    Call,
    Check,
    CloudError,
    Create,
    Delete,
    Input,
    Read,
    ResourceType,
    Update,
    as_given,
    as_stored,
    no_failures,
    nothing_more,
)
from sandbox.clouds.wire import Values
from sandbox.store import Store

CLOUD = "azure"
SUBSCRIPTION = CUSTOMER_AZURE_SUBSCRIPTION
_NAME = re.compile(r"\w(?:[\w.-]{0,78}\w)?", re.ASCII)
_LOCATION_NAMES = (
    "australiacentral australiaeast australiasoutheast austriaeast belgiumcentral brazilsouth "
    "canadacentral canadaeast centralindia centralus chilecentral denmarkeast eastasia eastus "
    "eastus2 francecentral germanywestcentral indonesiacentral israelcentral italynorth japaneast "
    "japanwest koreacentral koreasouth malaysiawest mexicocentral newzealandnorth northcentralus "
    "northeurope norwayeast polandcentral qatarcentral southafricanorth southcentralus "
    "southeastasia southindia spaincentral swedencentral switzerlandnorth uaenorth uksouth ukwest "
    "westcentralus westeurope westindia westus westus2 westus3"
)
LOCATIONS = frozenset(_LOCATION_NAMES.split())
API_VERSIONS = {
    "resources": "2024-03-01",
    "network": "2024-05-01",
    "authorization": "2022-04-01",
}


def refuse(status: int, code: str, message: str) -> CloudError:
    """The error that the azure-native provider prints for a REST response."""
    return CloudError(code, f'Status={status} Code="{code}" Message="{message}"')


def same_location(one: str, other: str) -> bool:
    """Whether both name the same Azure location."""
    return one.replace(" ", "").lower() == other.replace(" ", "").lower()


def location() -> Input:
    """The ``location`` input of a type."""
    return text(replace=True, computed=True, same=same_location)


def subscription(call: Call) -> str:
    """The subscription of the provider instance."""
    return str(call.config.get("subscriptionId") or SUBSCRIPTION)


def group_id(subscription_id: str, name: str) -> str:
    """The ARM id of a resource group."""
    return f"/subscriptions/{subscription_id}/resourceGroups/{name}"


def network_id(subscription_id: str, group: str, kind: str, name: str) -> str:
    """The ARM id of a Microsoft.Network resource (``kind`` as in ``virtualNetworks``)."""
    return f"{group_id(subscription_id, group)}/providers/Microsoft.Network/{kind}/{name}"


def name_of(id_: str) -> str:
    """The last segment of an ARM id."""
    return id_.rsplit("/", 1)[-1]


def get(store: Store, token: str, id_: str) -> Values | None:
    """A stored object by its ARM id."""
    return store.get(CLOUD, token, id_)


def under(store: Store, token: str, parent_id: str) -> Iterator[tuple[str, Values]]:
    """The stored objects of a type that are children of ``parent_id``."""
    for id_, body in store.list(CLOUD, token):
        if id_.startswith(f"{parent_id}/"):
            yield id_, body


def group_or_refuse(call: Call, name: str) -> Values:
    """The resource group. Raises Azure's error if it does not exist."""
    body = get(call.store, tokens.RESOURCE_GROUP, group_id(subscription(call), name))
    if body is None:
        message = f"Resource group '{name}' could not be found."
        raise refuse(404, "ResourceGroupNotFound", message)
    return body


def referred_or_refuse(
    store: Store, token: str, reference: Values | None, by: str, place: str | None = None
) -> None:
    """Refuse a reference ``{id: ...}`` to a missing object, or to one not at ``place``."""
    if not reference or "id" not in reference:
        return
    found = get(store, token, reference["id"])
    if found is None or (place is not None and not same_location(found["location"], place)):
        raise refuse(
            400,
            "InvalidResourceReference",
            f"Resource {reference['id']} referenced by resource {by} was not found. Please make "
            "sure that the referenced resource exists, and that both resources are in the same "
            "region.",
        )


def new_or_refuse(call: Call, id_: str) -> None:
    """Refuse to create an object that already exists."""
    if get(call.store, call.token, id_) is not None:
        raise CloudError("AlreadyExists", f"cannot create already existing resource '{id_}'")


def block_or_refuse(prefix: str, owner: str) -> ipaddress.IPv4Network:
    """Parse an address prefix. Refuses one with host bits."""
    try:
        loose = ipaddress.IPv4Network(prefix, strict=False)
    except ValueError as error:
        message = f"Address prefix {prefix} for resource {owner} is not formatted correctly."
        raise refuse(400, "InvalidAddressPrefixFormat", message) from error
    if str(loose) != prefix:
        raise refuse(
            400,
            "InvalidCIDRNotation",
            f"The address prefix {prefix} in resource {owner} has an invalid CIDR notation. For "
            f"the given prefix length, the address prefix should be {loose}.",
        )
    return loose


def _name_or_refuse(id_: str) -> None:
    if not _NAME.fullmatch(name_of(id_)):
        raise refuse(
            400,
            "InvalidResourceName",
            f"Resource name {name_of(id_)} is invalid. The name can be up to 80 characters long. "
            "It must begin with a word character, and it must end with a word character or with "
            "'_'. The name may contain word characters or '.', '-', '_'.",
        )


def place_or_refuse(place: str) -> str:
    """The location. Raises Azure's error if it has none of that name."""
    if place.replace(" ", "").lower() not in LOCATIONS:
        message = f"The provided location '{place}' is not available for resource group."
        raise refuse(400, "LocationNotAvailableForResourceGroup", message)
    return place


def azure_type(
    token: str,
    inputs: Mapping[str, Input],
    outputs: tuple[str, ...],
    create: Create,
    *,
    named: str,
    update: Update = as_given,
    delete: Delete = nothing_more,
    read: Read = as_stored,
    check: Check = no_failures,
) -> ResourceType:
    """Declare a type. Its name is the path input ``named``; the provider generates a default."""
    module = token.split(":")[1]
    rest_type = {"resources": "Microsoft.Resources", "network": "Microsoft.Network"}.get(
        module, "Microsoft.Authorization"
    )
    kind = token.rsplit(":", 1)[-1]

    def created(call: Call, values: Values) -> tuple[str, Values]:
        id_, made = create(call, values)
        _name_or_refuse(id_)
        new_or_refuse(call, id_)
        common = {
            "name": name_of(id_),
            "type": f"{rest_type}/{kind[0].lower()}{kind[1:]}s",
            "azureApiVersion": API_VERSIONS[module],
        }
        return id_, {**common, **made}

    return ResourceType(
        token=token,
        inputs={named: text(replace=True, path=True), **inputs},
        outputs=("name", "type", "azureApiVersion", *outputs),
        create=created,
        update=update,
        delete=delete,
        read=read,
        check=check,
        autoname=Autoname(named, separator="", digits=8, longest=80),
    )


def in_group(
    token: str,
    inputs: Mapping[str, Input],
    outputs: tuple[str, ...],
    create: Create,
    *,
    named: str,
    **hooks: Any,
) -> ResourceType:
    """Declare a top-level Microsoft.Network type: in a resource group, at a location."""

    def created(call: Call, values: Values) -> tuple[str, Values]:
        group = group_or_refuse(call, values["resourceGroupName"])
        id_, made = create(call, values)
        place = values.get("location") or call.config.get("location") or group["location"]
        settled = {
            "location": place_or_refuse(place),
            "etag": f'W/"{call.store.serial("azure:etag"):08x}"',
            "provisioningState": "Succeeded",
        }
        return id_, {**settled, **made}

    return azure_type(
        token,
        {
            "resourceGroupName": text(required=True, replace=True, path=True),
            "location": location(),
            "tags": mapping(),
            **inputs,
        },
        ("etag", "provisioningState", *outputs),
        created,
        named=named,
        **hooks,
    )
