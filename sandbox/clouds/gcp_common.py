"""Shared by all simulated GCP types: projects, links, name rules, labels and errors.

A network is given by its bare name, a ``projects/...`` path or a full URL. The API treats them as
equal, so this module compares paths.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from sandbox.accounts import CUSTOMER_GCP_PROJECT
from sandbox.clock import rfc3339
from sandbox.clouds import tokens
from sandbox.clouds.inputs import mapping, text
from sandbox.clouds.model import (
    Autoname,
    Call,
    Check,
    CloudError,
    Create,
    Failure,
    Input,
    ResourceType,
    Update,
    as_given,
    no_failures,
)
from sandbox.clouds.wire import Values
from sandbox.store import Store

CLOUD = "gcp"
PROJECT = CUSTOMER_GCP_PROJECT
API = "https://www.googleapis.com/compute/v1/"
AUTO_MODE = ipaddress.IPv4Network("10.128.0.0/9")
"""The range of the subnetworks of a network in auto mode."""

_NAME = re.compile(r"[a-z](?:[-a-z0-9]{0,61}[a-z0-9])?")
_LABEL = re.compile(r"[-_a-z0-9]{0,63}")
_REGION_NAMES = (
    "africa-south1 asia-east1 asia-east2 asia-northeast1 asia-northeast2 asia-northeast3 "
    "asia-south1 asia-south2 asia-southeast1 asia-southeast2 australia-southeast1 "
    "australia-southeast2 europe-central2 europe-north1 europe-north2 europe-southwest1 "
    "europe-west1 europe-west2 europe-west3 europe-west4 europe-west6 europe-west8 europe-west9 "
    "europe-west10 europe-west12 me-central1 me-central2 me-west1 northamerica-northeast1 "
    "northamerica-northeast2 northamerica-south1 southamerica-east1 southamerica-west1 "
    "us-central1 us-east1 us-east4 us-east5 us-south1 us-west1 us-west2 us-west3 us-west4"
)
REGIONS = frozenset(_REGION_NAMES.split())


def refuse(status: int, reason: str, message: str) -> CloudError:
    """The error that the Google provider prints for an API response."""
    return CloudError(reason, f"googleapi: Error {status}: {message}, {reason}")


def not_found(path: str) -> CloudError:
    """The error for a path of no object."""
    return refuse(404, "notFound", f"The resource '{path}' was not found")


def project_of(call: Call, values: Mapping[str, Any]) -> str:
    """The project of a resource: its argument, otherwise the provider's."""
    return str(values.get("project") or call.config.get("project") or PROJECT)


def region_of(call: Call, values: Mapping[str, Any]) -> str:
    """The region of a resource: its argument, otherwise the provider's."""
    region = values.get("region") or call.config.get("region")
    if not region:
        message = "Cannot determine region: set in this resource, or set provider-level 'region'"
        raise CloudError("MissingRegion", message)
    if region not in REGIONS:
        raise refuse(404, "notFound", f"The resource 'regions/{region}' was not found")
    return str(region)


def path(value: str) -> str:
    """The path in a reference, without the host and version of the API."""
    return value[value.index("projects/") :] if "projects/" in value else value


def same_link(one: str, other: str) -> bool:
    """Whether two references mean the same object. A bare name matches any path with that end."""
    first, second = path(one), path(other)
    if "/" in first and "/" in second:
        return first == second
    return first.rsplit("/", 1)[-1] == second.rsplit("/", 1)[-1]


def network_path(project: str, value: str) -> str:
    """``projects/P/global/networks/N`` for a name, path or URL of a network."""
    found = path(value)
    if found.startswith("projects/"):
        return found
    return f"projects/{project}/global/networks/{found.rsplit('/', 1)[-1]}"


def project_in(network: str) -> str:
    """The project in a network path."""
    return network.split("/")[1]


def find(store: Store, token: str, id_: str) -> Values | None:
    """A stored object by its id."""
    return store.get(CLOUD, token, id_)


def network_or_refuse(call: Call, project: str, value: str) -> str:
    """The path of a network. Raises GCP's error if it does not exist."""
    found = network_path(project, value)
    if find(call.store, tokens.GCP_NETWORK, found) is None:
        raise not_found(found)
    return found


def on_network(store: Store, token: str, network: str) -> Iterator[tuple[str, Values]]:
    """The stored objects of a type that belong to a network."""
    for id_, body in store.list(CLOUD, token):
        if body.get("_networkPath") == network:
            yield id_, body


def new_or_refuse(call: Call, id_: str) -> None:
    """Refuse a name that exists: in the project, or in the region for a regional type."""
    if find(call.store, call.token, id_) is not None:
        raise refuse(409, "alreadyExists", f"The resource '{id_}' already exists")


def block_or_refuse(prop: str, value: str) -> ipaddress.IPv4Network:
    """Parse a block. GCP refuses one that does not begin with its network address."""
    try:
        return ipaddress.IPv4Network(value)
    except ValueError as error:
        message = (
            f"Invalid value for field '{prop}': '{value}'. Must be a CIDR address range that is "
            "contained by the RFC1918 private address blocks"
        )
        raise refuse(400, "invalid", message) from error


def ranges_of(store: Store, network: str) -> Iterator[tuple[str, ipaddress.IPv4Network]]:
    """(description, block) for every address range that a network uses."""
    body = find(store, tokens.GCP_NETWORK, network)
    if body is not None and body.get("autoCreateSubnetworks"):
        yield "an auto mode subnetwork", AUTO_MODE
    for _, subnet in on_network(store, tokens.GCP_SUBNETWORK, network):
        where = f"existing subnetwork '{subnet['name']}' in region '{subnet['region']}'"
        yield where, ipaddress.IPv4Network(subnet["ipCidrRange"])
        for second in subnet.get("secondaryIpRanges") or []:
            if "ipCidrRange" in second:
                yield where, ipaddress.IPv4Network(second["ipCidrRange"])
    for _, address in on_network(store, tokens.GCP_ADDRESS, network):
        if address.get("purpose") == "VPC_PEERING":
            block = f"{address['address']}/{address['prefixLength']}"
            yield f"allocated range '{address['name']}'", ipaddress.IPv4Network(block)
    for _, instance in on_network(store, tokens.GCP_REDIS, network):
        block = instance["_block"]
        yield f"Redis instance '{instance['name']}'", ipaddress.IPv4Network(block)


def peer_ranges(
    store: Store, network: str, but: str = ""
) -> Iterator[tuple[str, ipaddress.IPv4Network]]:
    """(name of the peering, block) for every address range of the active peers of a network.

    ``but`` is the path of a peer to skip.
    """
    for _, peering in on_network(store, tokens.GCP_PEERING, network):
        if peering["state"] != "ACTIVE" or peering["_peerPath"] == but:
            continue
        if "_peerBlock" in peering:
            yield peering["name"], ipaddress.IPv4Network(peering["_peerBlock"])
        for _, block in ranges_of(store, peering["_peerPath"]):
            yield peering["name"], block


def free_or_refuse(
    store: Store, network: str, wanted: ipaddress.IPv4Network, but: str = ""
) -> None:
    """Refuse a block that overlaps with a range of the network or of its peers.

    ``but`` is the description of a range to skip: the one that is being replaced.
    """
    for what, block in ranges_of(store, network):
        if what != but and block.overlaps(wanted):
            message = f"Invalid IPCidrRange: {wanted} conflicts with {what}."
            raise refuse(400, "invalidIPCidrRange", message)
    for name, block in peer_ranges(store, network):
        if block.overlaps(wanted):
            message = (
                f"An IP range in the local network ({wanted}) overlaps with an IP range "
                f"({block}) in an active peer ({name}) of the local network."
            )
            raise refuse(400, "invalidIPCidrRange", message)


def stamp(store: Store) -> str:
    """The current time in GCP's format."""
    return rfc3339(store.clock.now())


def _check_name(inputs: Values) -> Iterator[Failure]:
    name = inputs.get("name")
    if name is not None and not _NAME.fullmatch(name):
        yield "name", f'"name" ("{name}") doesn\'t match regexp "^{_NAME.pattern}$"'


def gcp_type(
    token: str,
    inputs: Mapping[str, Input],
    outputs: tuple[str, ...],
    create: Create,
    *,
    update: Update = as_given,
    check: Check = no_failures,
    labelled: bool = False,
    in_project: bool = True,
    **hooks: Any,
) -> ResourceType:
    """Declare a type with a name, a project, and labels if it has them."""

    def labels(values: Values) -> Values:
        own = values.get("labels") or {}
        for word in (*own, *own.values()):
            if not _LABEL.fullmatch(word):
                message = (
                    f"Label '{word}' violates format constraints. It can only contain lowercase "
                    "letters, numeric characters, underscores and dashes, 63 at most."
                )
                raise refuse(400, "badRequest", message)
        effective = {**own, "goog-pulumi-provisioned": "true"}
        return {"effectiveLabels": effective, "pulumiLabels": own} if labelled else {}

    def created(call: Call, values: Values) -> tuple[str, Values]:
        id_, made = create(call, values)
        new_or_refuse(call, id_)
        if in_project:
            made["project"] = project_of(call, values)
        return id_, {**made, **labels(values)}

    def updated(call: Call, id_: str, body: Values, values: Values) -> Values:
        return {**update(call, id_, body, values), **labels(values)}

    def checked(values: Values) -> Iterator[Failure]:
        yield from _check_name(values)
        yield from check(values)

    shared: dict[str, Input] = {"name": text(replace=True)}
    if in_project:
        shared["project"] = text(replace=True, computed=True)
    if labelled:
        shared["labels"] = mapping()
        outputs = (*outputs, "effectiveLabels", "pulumiLabels")
    declared = ResourceType(
        token=token,
        inputs={**shared, **inputs},
        outputs=outputs,
        create=created,
        update=updated,
        check=checked,
        autoname=Autoname("name", longest=63, lower=True),
    )
    return replace(declared, **hooks)


def network_input() -> Input:
    """The ``network`` input of most types."""
    return text(required=True, replace=True, same=same_link)
