"""Cloud NGFW: security profiles and their groups, firewall endpoints, and who is intercepted.

Profiles and endpoints belong to an organisation. The sandbox knows no organisations: any number is
one, and belongs to the project that asks. Endpoint groups of third-party firewalls are not
modelled; they are given by their ids.
Source: the REST resources of the Network Security API, and "Firewall endpoint overview".
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from sandbox.clouds.declare import Call, Error
from sandbox.clouds.gcp.cloud import NOT_FOUND, gcp, invalid, network_path, path, same_link, stamp
from sandbox.clouds.gcp.network import in_own_project, is_link, network_ref
from sandbox.clouds.gcp.regions import REGIONS, zones
from sandbox.clouds.inputs import Failure, block, blocks, flag, ref, text
from sandbox.clouds.rules import siblings
from sandbox.clouds.wire import Values

PREFIX = "//networksecurity.googleapis.com/"
"""How a rule of a firewall policy names a group."""
_ENDPOINT_SECONDS = 20 * 60
"""How long a firewall endpoint takes. Source: "Create and associate firewall endpoints"."""
_PARENT = re.compile(r"(organizations/[0-9]+|projects/[^/]+)")
_GROUP = re.compile(r"projects/[^/]+/locations/global/interceptEndpointGroups/[^/]+")
_BLOCKS = {
    "THREAT_PREVENTION": "threatPreventionProfile",
    "CUSTOM_INTERCEPT": "customInterceptProfile",
}
"""Type of a profile -> the property that it is in."""
_ONE_IN_ZONE: Error = (
    "FAILED_PRECONDITION",
    "Network '{network}' already has a firewall endpoint association in {location}: '{by}'",
)
_INTERCEPTED: Error = (
    "FAILED_PRECONDITION",
    "Network '{network}' is already associated with the intercept endpoint group: '{by}'",
)


def without_prefix(value: str) -> str:
    """The path of a group in what a rule names."""
    return value.removeprefix(PREFIX)


def _good_parent(call: Call) -> None:
    parent = call.values.get("parent", "")
    if not _PARENT.fullmatch(parent):
        raise invalid(call, "parent", parent, "It must be organizations/<number>.")


def _times(call: Call) -> Values:
    now = stamp(call.store)
    return {"createTime": now, "updateTime": now}


def _id(collection: str) -> str:
    return "{parent}/locations/{location}/" + collection + "/{name}"


def _one_block(values: Values) -> Iterator[Failure]:
    given = [name for name in _BLOCKS.values() if name in values]
    if len(given) > 1:
        yield given[1], f'"{given[1]}": conflicts with {given[0]}'


def _block_of_type(call: Call) -> None:
    """A rule: a profile has the block of its type, which threat prevention may leave out."""
    wanted = _BLOCKS[call.values["type"]]
    for name in _BLOCKS.values():
        if name in call.values and name != wanted:
            raise invalid(call, name, "", f"The profile has the type {call.values['type']}.")
    if wanted == "customInterceptProfile":
        group = (call.values.get(wanted) or {}).get("interceptEndpointGroup", "")
        _require_group(call, f"{wanted}.interceptEndpointGroup", group)


def _require_group(call: Call, at: str, group: str) -> None:
    if not _GROUP.fullmatch(group):
        why = "It must be projects/<project>/locations/global/interceptEndpointGroups/<id>."
        raise invalid(call, at, group, why)


SECURITY_PROFILE = gcp(
    "gcp:networksecurity/securityProfile:SecurityProfile",
    {
        "customInterceptProfile": block({"interceptEndpointGroup": text(required=True)}),
        "description": text(),
        "location": text(default="global", fixed=True, choices=("global",)),
        "parent": text(fixed=True),
        "threatPreventionProfile": block(
            {
                "severityOverrides": blocks(
                    {
                        "severity": text(
                            required=True,
                            choices=("INFORMATIONAL", "LOW", "MEDIUM", "HIGH", "CRITICAL"),
                        ),
                        "action": text(
                            required=True, choices=("ALERT", "ALLOW", "DEFAULT_ACTION", "DENY")
                        ),
                    },
                    unordered=True,
                )
            }
        ),
        "type": text(required=True, fixed=True, choices=tuple(_BLOCKS)),
    },
    id=lambda call: _id("securityProfiles").format_map(call.values),
    in_project=False,
    labelled=True,
    checks=(_one_block,),
    rules=(_good_parent, _block_of_type),
    outputs=("createTime", "updateTime"),
    made=_times,
)


def _good_profiles(call: Call) -> None:
    """A rule: a group has a profile, each of the type of its property and of the same parent."""
    found = {prop: call.found[prop][0] for prop in _BLOCKS.values() if prop in call.found}
    if not found:
        raise invalid(call, "securityProfileGroup", "", "A group needs a profile.")
    for prop, profile in found.items():
        if _BLOCKS[profile.body["type"]] != prop:
            why = f"The profile has the type {profile.body['type']}."
            raise invalid(call, prop, profile.id, why)
        if profile.body["parent"] != call.values["parent"]:
            raise invalid(call, prop, profile.id, "It belongs to another parent.")


SECURITY_PROFILE_GROUP = gcp(
    "gcp:networksecurity/securityProfileGroup:SecurityProfileGroup",
    {
        "customInterceptProfile": ref(SECURITY_PROFILE),
        "description": text(),
        "location": text(default="global", fixed=True, choices=("global",)),
        "parent": text(fixed=True),
        "threatPreventionProfile": ref(SECURITY_PROFILE),
    },
    id=lambda call: _id("securityProfileGroups").format_map(call.values),
    in_project=False,
    labelled=True,
    rules=(_good_parent, _good_profiles),
    outputs=("createTime", "updateTime"),
    made=_times,
)


def _good_zone(call: Call) -> None:
    location = call.values["location"]
    region = location.rpartition("-")[0]
    if region not in REGIONS or location not in zones(region):
        raise call.error(NOT_FOUND, id=f"{call.values.get('parent')}/locations/{location}")


def _billed(call: Call) -> None:
    """A rule: an endpoint of an organisation names the project that pays for it."""
    organisation = call.values["parent"].startswith("organizations/")
    if organisation and "billingProjectId" not in call.values:
        raise invalid(call, "firewallEndpoint.billingProjectId", "", "It is required.")


FIREWALL_ENDPOINT = gcp(
    "gcp:networksecurity/firewallEndpoint:FirewallEndpoint",
    {
        "billingProjectId": text(),
        "location": text(required=True, fixed=True),
        "parent": text(required=True, fixed=True),
    },
    id=lambda call: _id("firewallEndpoints").format_map(call.values),
    in_project=False,
    labelled=True,
    rules=(_good_parent, _good_zone, _billed),
    outputs=("createTime", "state", "updateTime"),
    made=lambda call: {**_times(call), "state": "CREATING"},
    seconds=_ENDPOINT_SECONDS,
    ready={"state": "ACTIVE"},
)
"""An endpoint inspects the packets of VMs in its zone. Creating one takes 20 minutes."""


def _in_zone_of_endpoint(call: Call) -> None:
    """A rule: the association is in the zone of the endpoint, the only one of its network there."""
    location, endpoint = call.values["location"], call.target("firewallEndpoint")
    if endpoint["location"] != location:
        why = f"The endpoint is in {endpoint['location']}."
        raise invalid(call, "firewallEndpointAssociation.location", location, why)
    if call.stored is None and call.values.get("disabled"):
        why = "An association cannot be created disabled."
        raise invalid(call, "firewallEndpointAssociation.disabled", True, why)
    network = network_path(call.tenant, call.values["network"])
    for other, body in siblings(call, None):
        if path(body["network"]) == network and body["location"] == location:
            raise call.error(_ONE_IN_ZONE, network=network, location=location, by=other)


FIREWALL_ENDPOINT_ASSOCIATION = gcp(
    "gcp:networksecurity/firewallEndpointAssociation:FirewallEndpointAssociation",
    {
        "disabled": flag(default=False),
        "firewallEndpoint": ref(FIREWALL_ENDPOINT, required=True),
        "location": text(required=True, fixed=True),
        "network": network_ref(required=True, fixed=False, form=is_link),
        "parent": text(fixed=True),
    },
    id=lambda call: _id("firewallEndpointAssociations").format_map(call.values),
    in_project=False,
    labelled=True,
    rules=(_good_parent, _good_zone, _in_zone_of_endpoint),
    outputs=("createTime", "state", "updateTime"),
    made=lambda call: {**_times(call), "state": "ACTIVE"},
)


def _good_interception(call: Call) -> None:
    """A rule: an association is global, and the only one of its network with the group."""
    values = call.values
    if values["location"] != "global":
        raise invalid(call, "location", values["location"], "It must be global.")
    _require_group(call, "interceptEndpointGroup", values["interceptEndpointGroup"])
    network = network_path(call.tenant, values["network"])
    for other, body in siblings(call, "interceptEndpointGroup"):
        if path(body["network"]) == network:
            raise call.error(_INTERCEPTED, network=network, by=other)


INTERCEPT_ASSOCIATION = gcp(
    "gcp:networksecurity/interceptEndpointGroupAssociation:InterceptEndpointGroupAssociation",
    {
        "interceptEndpointGroup": text(required=True, fixed=True, same=same_link),
        "interceptEndpointGroupAssociationId": text(fixed=True, computed=True),
        "location": text(required=True, fixed=True),
        "network": network_ref(required=True, form=is_link),
    },
    id=lambda call: (
        f"projects/{call.tenant}/locations/{call.values['location']}/"
        f"interceptEndpointGroupAssociations/{_association_id(call)}"
    ),
    named=False,
    labelled=True,
    rules=(in_own_project, _good_interception),
    outputs=("createTime", "state", "updateTime"),
    made=lambda call: {
        **_times(call),
        "state": "ACTIVE",
        "interceptEndpointGroupAssociationId": _association_id(call),
    },
)


def _association_id(call: Call) -> str:
    given = call.values.get("interceptEndpointGroupAssociationId")
    return str(given or network_path(call.tenant, call.values["network"]).rsplit("/", 1)[-1])
