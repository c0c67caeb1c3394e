"""What all simulated AWS types share: accounts, regions, ids, ARNs, tags and errors.

Since version 7 of the AWS provider every resource takes ``region``. Without it, the object is in
the region of its provider instance. An object cannot be seen from other regions, nor from another
account unless it is shared with it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sandbox.clouds.aws.regions import REGIONS
from sandbox.clouds.declare import Call, Cloud, CloudError, Error, ResourceType, filled
from sandbox.clouds.inputs import Input, mapping, text
from sandbox.clouds.wire import Values
from sandbox.store import Store

_ROLE = re.compile(r"arn:aws:iam::(\d{12}):role/(.+)")
_GET_REGION = "aws:index/getRegion:getRegion"
"""The function whose argument ``name`` is an older name of ``region``."""
_OPPOSITES = (
    ("Create", "Delete"),
    ("Attach", "Detach"),
    ("Associate", "Disassociate"),
    ("Enable", "Disable"),
)
_RESERVED_TAG: Error = (
    "InvalidParameterValue",
    "Tag keys starting with 'aws:' are reserved for internal use",
)


@dataclass(frozen=True)
class Role:
    """A role that a provider assumes."""

    account: str
    name: str
    session: str


def assumed_role(config: Mapping[str, Any]) -> Role | None:
    """The last role of a chain that a provider is configured with. Raises CloudError."""
    roles = config.get("assumeRoles") or config.get("assumeRole") or []
    last = roles if isinstance(roles, dict) else (roles[-1] if roles else {})
    arn = last.get("roleArn")
    if not arn:
        return None
    role = _ROLE.fullmatch(arn)
    if role is None:
        raise CloudError("InvalidRoleArn", f"invalid assume_role role_arn: {arn}")
    return Role(role.group(1), role.group(2).rsplit("/", 1)[-1], last.get("sessionName") or "")


class Aws(Cloud):
    """AWS and its provider package. The tenant is the account, the place is the region."""

    name = "aws"
    package = "aws"
    version = "7.51.1"

    def __init__(self) -> None:
        super().__init__()
        self.actions: dict[tuple[str, str], str] = {}
        """(token, verb) -> the operation, where it is not the one that creates."""

    def tenant(self, config: Mapping[str, Any], values: Values, token: str) -> str:
        """The account of the last role that the provider assumes, otherwise the ambient one."""
        del values, token
        role = assumed_role(config)
        return self.own_tenant("" if role is None else role.account)

    def place(self, config: Mapping[str, Any], values: Values, token: str) -> str:
        """The region of a resource or function: its argument, otherwise the provider's."""
        named = values.get("name") if token == _GET_REGION else None
        region = values.get("region") or named or config.get("region")
        if not region:
            raise CloudError(
                "MissingRegion",
                "Missing region configuration: set aws:region, the region of the provider "
                f"object, or region= on {token}",
            )
        if region not in REGIONS:
            raise CloudError("InvalidRegion", f"invalid AWS Region: {region}")
        return str(region)

    def error(self, call: Call, error: Error, facts: Mapping[str, object]) -> CloudError:
        """``operation error EC2: CreateSubnet, api error CODE: TEXT``."""
        code, said, _ = filled(error, facts)
        action = self.actions.get((call.token, call.verb), call.action)
        return CloudError(code, f"operation error {action}, api error {code}: {said}")


AWS = Aws()


def new_id(store: Store, prefix: str) -> str:
    """The next id with a prefix: ``vpc-`` and 17 hex digits. Every run gives the same ids."""
    digits = hashlib.sha256(f"{prefix}:{store.serial(f'aws:{prefix}')}".encode()).hexdigest()
    return f"{prefix}-0{digits[:16]}"


def arn(call: Call, service: str, resource: str) -> str:
    """The ARN of an object in the account and region of the request."""
    return f"arn:aws:{service}:{call.place}:{call.tenant}:{resource}"


def tags_all(call: Call) -> Values:
    """The default tags of the provider merged with those of the resource, which win."""
    defaults = call.config.get("defaultTags") or {}
    return {**(defaults.get("tags") or {}), **(call.values.get("tags") or {})}


def refuse_reserved(call: Call) -> None:
    """A rule: no tag begins with ``aws:``."""
    if any(key.startswith("aws:") for key in tags_all(call)):
        raise replace_action(call, "EC2: CreateTags").error(_RESERVED_TAG)


def replace_action(call: Call, action: str) -> Call:
    """The request under the name of another operation, for its errors."""
    return replace(call, action=action, verb="create")


def _opposite(action: str) -> str:
    """``EC2: DeleteSubnet`` for ``EC2: CreateSubnet``."""
    for verb, opposite in _OPPOSITES:
        action = action.replace(f": {verb}", f": {opposite}")
    return action


def _usual_errors(noun: str) -> dict[str, Error]:
    """EC2's usual errors about an object that does not exist or is in use."""
    code = f"Invalid{noun[0].upper()}{noun[1:]}ID.NotFound"
    said = f"The {noun} '{{id}}' has dependencies and cannot be deleted ({{by}})."
    return {
        "missing": (code, f"The {noun} ID '{{id}}' does not exist"),
        "in_use": ("DependencyViolation", said),
    }


def aws(
    token: str,
    inputs: Mapping[str, Input],
    *,
    id: str | Callable[[Call], str],
    action: str,
    updates: str = "",
    deletes: str = "",
    noun: str = "",
    arn_of: str = "",
    outputs: tuple[str, ...] = (),
    made: Callable[[Call, str], Values] | None = None,
    changed: Callable[[Call], Values] | None = None,
    owned: bool = False,
    tagged: bool = True,
    regional: bool = True,
    **more: Any,
) -> ResourceType:
    """Declare a type, with ``region``, and with tags unless ``tagged`` is off.

    ``id`` is the prefix of generated ids, or makes the id. ``arn_of`` adds the output ``arn``, and
    is its service and kind: ``ec2:subnet``. ``owned`` adds the output ``ownerId``. ``action`` is
    the operation that creates it: ``EC2: CreateSubnet``. ``updates`` and ``deletes`` are the
    operations in errors of updates and deletions; without ``deletes`` it is ``EC2: DeleteSubnet``.
    ``noun`` is the word for an object in the usual errors of EC2 about one that does not exist
    (``InvalidSubnetID.NotFound``) or is in use.
    """
    service, _, kind = arn_of.partition(":")
    AWS.actions[token, "update"] = updates or action
    AWS.actions[token, "delete"] = deletes or _opposite(action)
    shared: dict[str, Input] = {"region": text(fixed=True, computed=True)} if regional else {}
    if tagged:
        shared["tags"] = mapping()

    def supplied(call: Call) -> Values:
        found: Values = {"tagsAll": tags_all(call)} if tagged else {}
        return {**found, "region": call.place} if regional else found

    def all_made(call: Call, id_: str) -> Values:
        found: Values = {} if made is None else made(call, id_)
        if arn_of:
            found["arn"] = arn(call, service, f"{kind}/{id_}")
        if owned:
            found["ownerId"] = call.tenant
        return {**found, **supplied(call)}

    def all_changed(call: Call) -> Values:
        return {**({} if changed is None else changed(call)), **supplied(call)}

    if noun:
        more = {**_usual_errors(noun), **more}
    extra = [name for name, there in (("arn", arn_of), ("ownerId", owned)) if there]
    extra += ["tagsAll"] if tagged else []
    rules = more.pop("rules", ())
    return AWS.register(
        ResourceType(
            token=token,
            inputs={**inputs, **shared},
            outputs=(*outputs, *extra),
            id=id if callable(id) else lambda call: new_id(call.store, id),
            made=all_made,
            changed=all_changed,
            action=action,
            rules=(*rules, refuse_reserved) if tagged else rules,
            regional=regional,
            **more,
        )
    )
