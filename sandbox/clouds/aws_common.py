"""Shared by all simulated AWS types: regions, zones, ids, ARNs, tags and errors.

Since version 7 of the AWS provider every resource takes ``region``. Without it, the object is in
the region of its provider instance. An object cannot be seen from other regions.
"""

from __future__ import annotations

import hashlib
import ipaddress
from collections.abc import Iterator, Mapping
from typing import Any

from sandbox.accounts import CUSTOMER_AWS_ACCOUNT
from sandbox.clouds.aws_regions import REGIONS
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

CLOUD = "aws"
ACCOUNT = CUSTOMER_AWS_ACCOUNT

_RESERVED_TAG = "Tag keys starting with 'aws:' are reserved for internal use"


def refuse(action: str, code: str, message: str) -> CloudError:
    """The error that the AWS provider prints for ``action`` (``EC2: CreateSubnet``)."""
    return CloudError(code, f"operation error {action}, api error {code}: {message}")


def new_id(store: Store, prefix: str) -> str:
    """The next id with a prefix: ``vpc-`` and 17 hex digits. Every run gives the same ids."""
    digits = hashlib.sha256(f"{prefix}:{store.serial(f'aws:{prefix}')}".encode()).hexdigest()
    return f"{prefix}-0{digits[:16]}"


def region_of(call: Call, values: Mapping[str, Any]) -> str:
    """The region of a resource or function: its argument, otherwise the provider's."""
    region = values.get("region") or call.config.get("region")
    if not region:
        raise CloudError(
            "MissingRegion",
            "Missing region configuration: set aws:region, the region of the provider "
            f"object, or region= on {call.token}",
        )
    if region not in REGIONS:
        raise CloudError("InvalidRegion", f"invalid AWS Region: {region}")
    return str(region)


def ec2_arn(region: str, kind: str, id_: str) -> str:
    """The ARN of an EC2 object of the customer."""
    return f"arn:aws:ec2:{region}:{ACCOUNT}:{kind}/{id_}"


def tags_all(call: Call, inputs: Values) -> Values:
    """The provider's default tags merged with the resource's own, which win."""
    defaults = call.config.get("defaultTags") or {}
    tags = {**(defaults.get("tags") or {}), **(inputs.get("tags") or {})}
    if any(key.startswith("aws:") for key in tags):
        raise refuse("EC2: CreateTags", "InvalidParameterValue", _RESERVED_TAG)
    return tags


def find(store: Store, token: str, id_: Any, region: str | None = None) -> Values | None:
    """A stored object by id; None if it does not exist or is not in ``region``."""
    body = store.get(CLOUD, token, str(id_))
    if body is None or (region is not None and body.get("region") != region):
        return None
    return body


def where(store: Store, token: str, **wanted: Any) -> Iterator[tuple[str, Values]]:
    """The stored objects of a type whose properties equal ``wanted``."""
    for id_, body in store.list(CLOUD, token):
        if all(body.get(key) == value for key, value in wanted.items()):
            yield id_, body


def cidr(action: str, value: str) -> ipaddress.IPv4Network:
    """Parse a block. AWS refuses one that does not begin with its network address."""
    try:
        return ipaddress.IPv4Network(value)
    except ValueError as error:
        message = (
            f"Value ({value}) for parameter cidrBlock is invalid. This is not a valid CIDR block."
        )
        raise refuse(action, "InvalidParameterValue", message) from error


def not_cidr(prop: str, value: Any) -> Iterator[tuple[str, str]]:
    """The provider's own error about a malformed block, found before any call."""
    try:
        ipaddress.ip_network(value)
    except ValueError:
        yield prop, f'"{value}" is not a valid CIDR block'


def aws_type(
    token: str,
    inputs: Mapping[str, Input],
    outputs: tuple[str, ...],
    create: Create,
    *,
    update: Update = as_given,
    delete: Delete = nothing_more,
    read: Read = as_stored,
    check: Check = no_failures,
    autoname: Autoname | None = None,
    tagged: bool = True,
) -> ResourceType:
    """Declare a type with ``region``, and with tags unless ``tagged`` is off."""

    def created(call: Call, values: Values) -> tuple[str, Values]:
        region = region_of(call, values)
        id_, made = create(call, {**values, "region": region})
        made["region"] = region
        if tagged:
            made["tagsAll"] = tags_all(call, values)
        return id_, made

    def updated(call: Call, id_: str, body: Values, values: Values) -> Values:
        made = update(call, id_, body, values)
        if tagged:
            made["tagsAll"] = tags_all(call, values)
        return made

    shared: dict[str, Input] = {"region": text(replace=True, computed=True)}
    if tagged:
        shared["tags"] = mapping()
    return ResourceType(
        token=token,
        inputs={**inputs, **shared},
        outputs=(*outputs, "tagsAll") if tagged else outputs,
        create=created,
        update=updated,
        delete=delete,
        read=read,
        check=check,
        autoname=autoname,
    )
