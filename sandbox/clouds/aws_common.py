"""What every simulated AWS type shares: regions, zones, ids, ARNs, tags and refusals.

Since version 7 of the AWS provider every resource takes ``region``; left out, the object
lives in the region of its provider instance. An object is invisible from other regions.
"""

from __future__ import annotations

import hashlib
import ipaddress
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from sandbox.accounts import CUSTOMER_AWS_ACCOUNT
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
)
from sandbox.clouds.wire import Values
from sandbox.store import Store

CLOUD = "aws"
ACCOUNT = CUSTOMER_AWS_ACCOUNT

ZONE_PREFIXES: Mapping[str, str] = {
    "af-south-1": "afs1",
    "ap-east-1": "ape1",
    "ap-northeast-1": "apne1",
    "ap-northeast-2": "apne2",
    "ap-northeast-3": "apne3",
    "ap-south-1": "aps1",
    "ap-south-2": "aps2",
    "ap-southeast-1": "apse1",
    "ap-southeast-2": "apse2",
    "ap-southeast-3": "apse3",
    "ap-southeast-4": "apse4",
    "ca-central-1": "cac1",
    "ca-west-1": "caw1",
    "eu-central-1": "euc1",
    "eu-central-2": "euc2",
    "eu-north-1": "eun1",
    "eu-south-1": "eus1",
    "eu-south-2": "eus2",
    "eu-west-1": "euw1",
    "eu-west-2": "euw2",
    "eu-west-3": "euw3",
    "il-central-1": "ilc1",
    "me-central-1": "mec1",
    "me-south-1": "mes1",
    "mx-central-1": "mxc1",
    "sa-east-1": "sae1",
    "us-east-1": "use1",
    "us-east-2": "use2",
    "us-west-1": "usw1",
    "us-west-2": "usw2",
}
"""How each region begins its availability zone ids (``use2-az1``)."""

_ZONE_COUNT = {"us-east-1": 6, "us-west-2": 4, "ap-northeast-1": 4, "ap-northeast-2": 4}
_FIRST_ZONE = {"ap-northeast-1": 1, "ca-central-1": 1}


def refuse(action: str, code: str, message: str) -> CloudError:
    """The error the AWS provider prints for ``action`` (``EC2: CreateSubnet``)."""
    return CloudError(code, f"operation error {action}, api error {code}: {message}")


def zones(region: str) -> dict[str, str]:
    """Zone id -> zone name of a region. The real mapping differs per account."""
    prefix = ZONE_PREFIXES[region]
    numbers = range(1, _ZONE_COUNT.get(region, 3) + 1)
    return {f"{prefix}-az{number}": f"{region}{'abcdef'[number - 1]}" for number in numbers}


def new_id(store: Store, prefix: str) -> str:
    """The next id of a kind: ``vpc-`` and 17 hex digits, the same in every run."""
    digits = hashlib.sha256(f"{prefix}:{store.serial(f'aws:{prefix}')}".encode()).hexdigest()
    return f"{prefix}-0{digits[:16]}"


def region_of(call: Call, values: Mapping[str, Any]) -> str:
    """The region of a resource or function, from its argument or its provider."""
    region = values.get("region") or call.config.get("region")
    if not region:
        raise CloudError(
            "MissingRegion",
            "Missing region configuration: set aws:region, the region of the provider "
            f"object, or region= on {call.token}",
        )
    if region not in ZONE_PREFIXES:
        raise CloudError("InvalidRegion", f"invalid AWS Region: {region}")
    return str(region)


def ec2_arn(region: str, kind: str, id_: str) -> str:
    """The ARN of an EC2 object of the customer."""
    return f"arn:aws:ec2:{region}:{ACCOUNT}:{kind}/{id_}"


def tags_all(call: Call, inputs: Values) -> Values:
    """The provider's default tags overlaid with the resource's own."""
    defaults = call.config.get("defaultTags") or {}
    return {**(defaults.get("tags") or {}), **(inputs.get("tags") or {})}


def find(store: Store, token: str, id_: Any, region: str | None = None) -> Values | None:
    """A stored object by id, when it is in ``region``."""
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
    """``value`` as a block; AWS wants it written with its network address."""
    try:
        return ipaddress.IPv4Network(value)
    except ValueError as error:
        message = f"Value ({value}) for parameter cidrBlock is invalid. This is not a valid CIDR block."
        raise refuse(action, "InvalidParameterValue", message) from error


def not_cidr(prop: str, value: Any) -> Iterator[tuple[str, str]]:
    """The provider's own complaint about a malformed block, found before any call."""
    try:
        ipaddress.ip_network(value)
    except ValueError:
        yield prop, f'"{value}" is not a valid CIDR block'


def valid_id(value: str, prefix: str) -> bool:
    """Whether ``value`` looks like an id of that kind."""
    return re.fullmatch(rf"{prefix}-[0-9a-f]{{8,17}}", value) is not None


def aws_type(
    token: str,
    inputs: Mapping[str, Input],
    outputs: tuple[str, ...],
    create: Create,
    *,
    update: Update | None = None,
    delete: Delete | None = None,
    read: Read | None = None,
    check: Check | None = None,
    autoname: Autoname | None = None,
    tagged: bool = True,
    delete_before_replace: bool = False,
) -> ResourceType:
    """A type with what AWS gives all of them: ``region``, and tags unless ``tagged`` is off."""

    def created(call: Call, values: Values) -> tuple[str, Values]:
        region = region_of(call, values)
        id_, made = create(call, {**values, "region": region})
        made["region"] = region
        if tagged:
            made["tagsAll"] = tags_all(call, values)
        return id_, made

    def updated(call: Call, id_: str, body: Values, values: Values) -> Values:
        made = update(call, id_, body, values) if update else {}
        if tagged:
            made["tagsAll"] = tags_all(call, values)
        return made

    shared: dict[str, Input] = {"region": text(replace=True, computed=True)}
    if tagged:
        shared["tags"] = mapping()
    declared = ResourceType(
        token=token,
        inputs={**inputs, **shared},
        outputs=(*outputs, "tagsAll") if tagged else outputs,
        create=created,
        update=updated,
        autoname=autoname,
        delete_before_replace=delete_before_replace,
    )
    hooks = {"delete": delete, "read": read, "check": check}
    return replace(declared, **{name: hook for name, hook in hooks.items() if hook})  # type: ignore[arg-type]
