"""Customer-managed prefix lists, and what a reference to one counts for.

A route or a rule with a prefix list counts as many routes or rules as the list may have entries,
however many it has (AWS, "Amazon VPC quotas"). The provider changes the entries and their maximum
in two requests: a larger maximum first, a smaller one last.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sandbox.clouds.aws.cloud import aws
from sandbox.clouds.declare import Autoname, Call, Error, Rule
from sandbox.clouds.inputs import Failure, blocks, cidr, text, whole
from sandbox.clouds.wire import Values
from sandbox.clouds.world import World

_PER_REGION = 100
"""Quota of the prefix lists of a region (AWS, "Amazon VPC quotas")."""
_ENTRIES_MAX = 1000
"""Quota of the entries of a list (AWS, "Amazon VPC quotas")."""
_PER_REQUEST = 100
"""Entries that one request may add or remove (AWS, "ModifyManagedPrefixList"). The provider sends
all in one."""


@dataclass(frozen=True)
class Quota:
    """How many routes or rules a holder of references may have."""

    of: str
    """The type of the holder: a route table, a security group."""
    holder: str
    """The input with the holder's id."""
    prefix_list: str
    """The input with the prefix list."""
    most: int
    inline: str
    """The output of the holder with its inline routes or rules."""
    error: Error


_RULES_ERROR: Error = (
    "RulesPerSecurityGroupLimitExceeded",
    "The maximum number of rules per security group has been reached: {count} of {most}.",
)
_GROUP = "aws:ec2/securityGroup:SecurityGroup"
ROUTES = Quota(
    "aws:ec2/routeTable:RouteTable",
    "routeTableId",
    "destinationPrefixListId",
    500,
    "routes",
    (
        "RouteLimitExceeded",
        "The maximum number of routes has been reached: {count} of {most}.",
    ),
)
INGRESS = Quota(_GROUP, "securityGroupId", "prefixListId", 60, "ingress", _RULES_ERROR)
EGRESS = Quota(_GROUP, "securityGroupId", "prefixListId", 60, "egress", _RULES_ERROR)
QUOTAS = {
    "aws:ec2/route:Route": ROUTES,
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": INGRESS,
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": EGRESS,
}
"""By the type of what refers to a prefix list (AWS, "Amazon VPC quotas"). What a reference of a
Transit Gateway counts for is not documented."""


def has_room(token: str) -> Rule:
    """A rule: the route table or security group has room for what the request adds to it."""
    quota = QUOTAS[token]

    def rule(call: Call) -> None:
        type_, wanted = call.world.cloud.types[token], {quota.holder: call.values[quota.holder]}
        others = [body for id_, body in call.world.where(type_, **wanted) if id_ != call.id]
        _check(call, quota, call.target(quota.holder), [*others, call.values], {})

    return rule


def _check(
    call: Call,
    quota: Quota,
    holder: Values,
    references: Sequence[Values],
    sizes: Mapping[str, int],
) -> None:
    """Refuse when a holder has more than its quota with these routes or rules.

    ``sizes`` are the sizes of lists that the request changes.
    """
    count = len(holder.get(quota.inline, [])) + sum(
        _weight(call.world, body.get(quota.prefix_list), sizes) for body in references
    )
    if count > quota.most:
        raise call.error(quota.error, count=count, most=quota.most)


def _weight(world: World, prefix_list: str | None, sizes: Mapping[str, int]) -> int:
    """What a reference counts for: 1, or the maximum of entries of its list."""
    if prefix_list is None:
        return 1
    body = world.get(PREFIX_LIST, prefix_list) or {}
    return sizes.get(prefix_list) or int(body.get("maxEntries", 1))


def _name(at: str, value: str) -> list[Failure]:
    """The provider's own error about the length of a name."""
    if 1 <= len(value) <= 255:
        return []
    return [(at, f"expected length of {at} to be in the range (1 - 255), got {value}")]


def _good_entries(call: Call) -> None:
    """A rule: the entries are of the list's family, each once, and no more than it may have."""
    values = call.values
    asked = [entry["cidr"] for entry in values.get("entries", [])]
    for block in asked:
        if (":" in block) != (values["addressFamily"] == "IPv6"):
            said = "The CIDR {block} does not match the address family {addressFamily}."
            raise call.error(("InvalidParameterValue", said), block=block, **values)
    if len(asked) != len(set(asked)):
        said = "Prefix list entries must have unique CIDRs: {asked}"
        raise call.error(("InvalidParameterValue", said), asked=sorted(asked))
    if len(asked) > values["maxEntries"]:
        said = "You've reached the maximum number of entries for the prefix list."
        raise call.error(("PrefixListMaxEntriesExceeded", said))
    old = {entry["cidr"] for entry in (call.stored or {}).get("entries", [])}
    if max(len(set(asked) - old), len(old - set(asked))) > _PER_REQUEST:
        said = f"The number of entries per request cannot exceeds limit ({_PER_REQUEST})."
        raise call.error(("InvalidParameterValue", said))


def _good_name(call: Call) -> None:
    """A rule: the name is not one of AWS's own lists."""
    if call.values["name"].startswith("com.amazonaws"):
        said = "The prefix list name cannot start with com.amazonaws."
        raise call.error(("InvalidParameterValue", said))


def _few_lists(call: Call) -> None:
    """A rule: the region has room for the list."""
    if call.stored is None and len(list(call.world.every(PREFIX_LIST))) >= _PER_REGION:
        said = f"The maximum number of prefix lists has been reached: {_PER_REGION}."
        raise call.error(("PrefixListLimitExceeded", said))


def _users_have_room(call: Call) -> None:
    """A rule: what refers to the list has room for a larger maximum of entries."""
    if call.stored is None or call.values["maxEntries"] <= call.stored["maxEntries"]:
        return
    sizes = {call.id: call.values["maxEntries"]}
    for token, quota in QUOTAS.items():
        type_ = call.world.cloud.types[token]
        users = call.world.where(type_, **{quota.prefix_list: call.id})
        for holder_id in {body[quota.holder] for _, body in users}:
            holder = call.world.get(call.world.cloud.types[quota.of], holder_id) or {}
            references = call.world.where(type_, **{quota.holder: holder_id})
            _check(call, quota, holder, [body for _, body in references], sizes)


def _changed(call: Call) -> Values:
    """Another set of entries is a new version. Another name or maximum is not."""
    stored = call.stored or {}
    entries = call.values.get("entries", stored.get("entries", []))
    spec = PREFIX_LIST.inputs["entries"]
    same = spec.equal(stored.get("entries", []), entries)
    return {"version": stored.get("version", 1) + (not same)}


PREFIX_LIST = aws(
    "aws:ec2/managedPrefixList:ManagedPrefixList",
    {
        "name": text(form=_name),
        "addressFamily": text(required=True, fixed=True, choices=("IPv4", "IPv6")),
        "maxEntries": whole(required=True, between=(1, _ENTRIES_MAX)),
        "entries": blocks(
            {"cidr": cidr(required=True), "description": text()}, unordered=True, computed=True
        ),
    },
    id="pl",
    action="EC2: CreateManagedPrefixList",
    updates="EC2: ModifyManagedPrefixList",
    arn_of="ec2:prefix-list",
    owned=True,
    autoname=Autoname("name"),
    missing=("InvalidPrefixListID.NotFound", "The prefix list ID '{id}' does not exist"),
    in_use=(
        "DependencyViolation",
        "The prefix list '{id}' is referenced by {by}. Delete the references first.",
    ),
    rules=(_good_name, _good_entries, _few_lists, _users_have_room),
    outputs=("version",),
    made=lambda call, id_: {"version": 1, "entries": call.values.get("entries", [])},
    changed=_changed,
)
