"""Azure Firewalls in virtual hubs, and their policies.

Firewalls in virtual networks (``AZFW_VNet``) are not simulated. A policy of another subscription
or location may be used. What a firewall lets pass is not simulated, only which rules it has.

Source: Microsoft, REST reference of Azure Firewalls and firewall policies; "Azure Firewall Manager
policy overview"; "Azure Firewall policy rule sets". Codes that Microsoft does not document are
``InvalidRequestFormat`` here.
"""

from __future__ import annotations

from ipaddress import IPv4Network

from sandbox.clouds.azure.cloud import NETWORK, azure, holders, sub_resource
from sandbox.clouds.azure.names import place, same_location, same_name
from sandbox.clouds.azure.spaces import prefixes
from sandbox.clouds.azure.wan import VIRTUAL_HUB
from sandbox.clouds.declare import Call, Error
from sandbox.clouds.inputs import Input, block, blocks, text, text_set, texts, whole
from sandbox.clouds.wire import Values

_FIREWALL_SECONDS = 10 * 60
"""Microsoft publishes no duration. This is an estimate."""
_INVALID = "InvalidRequestFormat"
_TIERS = ("Basic", "Standard", "Premium")
_THREATS = ("Alert", "Deny", "Off")
_PROTOCOLS = ("TCP", "UDP", "ICMP", "Any")

_SECOND: Error = (
    _INVALID,
    "Azure Firewall {it} cannot be created: virtual hub {hub} has the firewall {other}.",
)
_TIER: Error = (
    _INVALID,
    "Firewall policy {policy} of tier {tier} cannot be used by Azure Firewall {it} of tier {own}.",
)


# Policies


def _intrusion_detection(call: Call) -> None:
    """A rule: intrusion detection needs the Premium tier."""
    tier = call.values.get("sku", {}).get("tier", "Standard")
    mode = call.values.get("intrusionDetection", {}).get("mode", "Off")
    if mode != "Off" and tier != "Premium":
        said = "The intrusionDetection of firewall policy {it} needs the tier Premium, not {tier}."
        raise call.error((_INVALID, said), tier=tier)


def _with_users(call: Call) -> Values:
    """The policy with the firewalls that use it, and its rule collection groups."""
    assert call.stored is not None
    policy = call.world.find(NETWORK_FIREWALL_POLICY, call.id)
    assert policy is not None
    users = call.store.users(policy)
    groups = [one for _, one in users if one.kind == RULE_COLLECTION_GROUP.token]
    firewalls = [one for _, one in users if one.kind == AZURE_FIREWALL.token]
    return {
        **call.stored,
        "firewalls": [{"id": one.id} for one in firewalls],
        "ruleCollectionGroups": [{"id": one.id} for one in groups],
    }


_BYPASS: dict[str, Input] = {
    "name": text(),
    "description": text(),
    "protocol": text(choices=("TCP", "UDP", "ICMP", "ANY")),
    "sourceAddresses": text_set(),
    "destinationAddresses": text_set(),
    "destinationPorts": text_set(),
}

NETWORK_FIREWALL_POLICY = azure(
    NETWORK,
    "FirewallPolicy",
    {
        "sku": block({"tier": text(choices=_TIERS)}, fixed=True),
        "threatIntelMode": text(choices=_THREATS),
        "intrusionDetection": block(
            {
                "mode": text(choices=_THREATS),
                "configuration": block({"bypassTrafficSettings": blocks(_BYPASS)}),
            }
        ),
        "snat": block({"privateRanges": texts()}),
    },
    kind="firewallPolicies",
    rules=(_intrusion_detection,),
    outputs=("firewalls", "ruleCollectionGroups"),
    made=lambda call, id_: {"firewalls": [], "ruleCollectionGroups": []},
    read=_with_users,
)


def _rule_collections(call: Call) -> None:
    """A rule: collections have names and priorities of their own, and their rules are complete."""
    priority = call.values.get("priority", 100)
    collections = call.values.get("ruleCollections", [])
    priorities = [one.get("priority") for one in collections]
    names = [one.get("name", "").lower() for one in collections]
    for value in (priority, *priorities):
        if value is None or not 100 <= value <= 65000:
            said = "The priority {value} in rule collection group {it} must be from 100 to 65000."
            raise call.error((_INVALID, said), value=value)
    if len(set(priorities)) < len(priorities) or len(set(names)) < len(names):
        said = "Each rule collection of {it} needs a name and a priority of its own."
        raise call.error((_INVALID, said))
    for collection in collections:
        if "type" not in collection.get("action", {}):
            said = "Rule collection {name} of {it} needs an action."
            raise call.error((_INVALID, said), name=collection.get("name"))
        for rule in collection.get("rules", []):
            _network_rule(call, rule)


def _network_rule(call: Call, rule: Values) -> None:
    """Refuse a network rule without protocols, addresses or ports, or with an invalid one."""
    for side in ("ipProtocols", "sourceAddresses", "destinationAddresses", "destinationPorts"):
        if not rule.get(side):
            said = "Rule {name} of {it} needs {side}."
            raise call.error((_INVALID, said), name=rule.get("name"), side=side)
    for protocol in rule["ipProtocols"]:
        if protocol not in _PROTOCOLS:
            said = "The protocol {value} of rule {name} of {it} is not valid."
            raise call.error((_INVALID, said), value=protocol, name=rule.get("name"))
    for value in (*rule["sourceAddresses"], *rule["destinationAddresses"]):
        try:
            if value != "*":
                IPv4Network(value)
        except ValueError:
            said = "The address {value} of rule {name} of {it} is not valid."
            raise call.error((_INVALID, said), value=value, name=rule.get("name")) from None


def _own_priority(call: Call) -> None:
    """A rule: no other group of the policy has the priority."""
    policy, it = call.found["firewallPolicyName"][0], RULE_COLLECTION_GROUP.id(call)
    for other in holders(call, policy, RULE_COLLECTION_GROUP):
        same = other.body.get("priority") == call.values.get("priority")
        if same and not same_name(other.id, it):
            said = "Rule collection group {it} has the priority of {other}."
            raise call.error((_INVALID, said), other=other.id)


_RULE: dict[str, Input] = {
    "ruleType": text(required=True, choices=("NetworkRule",)),
    "name": text(),
    "description": text(),
    "ipProtocols": text_set(),
    "sourceAddresses": text_set(),
    "destinationAddresses": text_set(),
    "destinationPorts": text_set(),
}

RULE_COLLECTION_GROUP = azure(
    NETWORK,
    "FirewallPolicyRuleCollectionGroup",
    {
        "priority": whole(),
        "ruleCollections": blocks(
            {
                "ruleCollectionType": text(
                    required=True, choices=("FirewallPolicyFilterRuleCollection",)
                ),
                "name": text(),
                "priority": whole(),
                "action": block({"type": text(choices=("Allow", "Deny"))}),
                "rules": blocks(_RULE),
            }
        ),
    },
    parent=NETWORK_FIREWALL_POLICY,
    kind="ruleCollectionGroups",
    named="ruleCollectionGroupName",
    rules=(_rule_collections, _own_priority),
)


# Firewalls


def _in_its_hub(call: Call) -> None:
    """A rule: a firewall is in a hub of its location, in which no other is."""
    hubs, it = call.found.get("virtualHub.id"), AZURE_FIREWALL.id(call)
    if not hubs:
        raise call.error((_INVALID, "Azure Firewall {it} of the SKU AZFW_Hub needs a virtualHub."))
    if not same_location(hubs[0].body["location"], str(place(call))):
        said = "Azure Firewall {it} must be in the location of virtual hub {hub}."
        raise call.error((_INVALID, said), hub=hubs[0].id)
    for other in holders(call, hubs[0], AZURE_FIREWALL):
        if not same_name(other.id, it):
            raise call.error(_SECOND, hub=hubs[0].id, other=other.id)


def _tier_of_policy(call: Call) -> None:
    """A rule: a firewall of a lower tier cannot use the policy of a higher one."""
    own = call.values.get("sku", {}).get("tier", "Standard")
    for policy in call.found.get("firewallPolicy.id", []):
        tier = policy.body.get("sku", {}).get("tier", "Standard")
        if _TIERS.index(tier) > _TIERS.index(own):
            raise call.error(_TIER, policy=policy.id, tier=tier, own=own)


def _hub_addresses(call: Call) -> Values:
    """The addresses of a new firewall. Every run gives the same ones."""
    count = call.values.get("hubIPAddresses", {}).get("publicIPs", {}).get("count", 1)
    (prefix,) = prefixes(call.found["virtualHub.id"][0].body)
    public = []
    for _ in range(count):
        serial = call.store.serial("azure:firewall address")
        public.append({"address": f"20.99.{serial // 250}.{serial % 250 + 1}"})
    private = IPv4Network(prefix).network_address + 132
    return {"publicIPs": {"addresses": public, "count": count}, "privateIPAddress": str(private)}


AZURE_FIREWALL = azure(
    NETWORK,
    "AzureFirewall",
    {
        "sku": block(
            {"name": text(choices=("AZFW_Hub",)), "tier": text(choices=_TIERS)}, fixed=True
        ),
        "virtualHub": block(sub_resource(VIRTUAL_HUB), fixed=True),
        "firewallPolicy": block(sub_resource(NETWORK_FIREWALL_POLICY, elsewhere=True)),
        "hubIPAddresses": block(
            {
                "publicIPs": block({"count": whole(between=(1, 80))}, computed=True),
                "privateIPAddress": text(computed=True),
            },
            computed=True,
        ),
        "threatIntelMode": text(choices=_THREATS),
        "zones": text_set(fixed=True),
    },
    rules=(_in_its_hub, _tier_of_policy),
    made=lambda call, id_: {"hubIPAddresses": _hub_addresses(call)},
    changed=lambda call: {"hubIPAddresses": (call.stored or {})["hubIPAddresses"]},
    seconds=_FIREWALL_SECONDS,
)
