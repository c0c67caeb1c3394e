"""Instance templates of a region, and managed instance groups over its zones.

The VMs of a group are not objects of their own: the group has their number, and the template what
they are. Source: ``regionInstanceTemplates`` and ``regionInstanceGroupManagers`` of Compute Engine.
The texts about surge and unavailable instances are Google's own. Autohealing, stateful groups and
canary versions are not modelled.
"""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Network

from sandbox.clouds.declare import Call, Error
from sandbox.clouds.gcp.cloud import API, gcp, invalid, linked, project_in
from sandbox.clouds.gcp.endpoint_groups import region_of_zone
from sandbox.clouds.gcp.network import SUBNETWORK
from sandbox.clouds.inputs import (
    Failure,
    Input,
    block,
    blocks,
    flag,
    mapping,
    ref,
    text,
    text_set,
    texts,
    whole,
)
from sandbox.clouds.wire import Values, is_unknown

_SECONDS = 60.0
"""How long the instances of a new group take to start, in simulated seconds. Not documented."""
RESERVED = 4
"""Addresses of a subnetwork that Google keeps: the first two and the last two."""
_NO_ROOM: Error = (
    "IP_SPACE_EXHAUSTED",
    "IP space of '{subnetwork}' is exhausted: it has {free} addresses for instances, {wanted} are "
    "needed.",
)
_subnetwork = linked("regions/{region}/subnetworks")


def _one_boot_disk(values: Values) -> Iterator[Failure]:
    """A check of a preview: a boot disk is made from an image."""
    disks = values.get("disks", [])
    for disk in [] if is_unknown(disks) else disks:
        if not is_unknown(disk) and disk.get("boot") and not disk.get("sourceImage"):
            yield "disks", "the boot disk needs a source_image"


def _of_its_region(call: Call) -> None:
    """A rule: the subnetworks are in the region and project of the template."""
    for found in call.found.get("networkInterfaces.subnetwork", []):
        if found.body["region"] != call.place or project_in(found.id) != call.tenant:
            why = f"The subnetwork must be in the region {call.place} of the project."
            raise invalid(
                call, "resource.properties.networkInterfaces[0].subnetwork", found.id, why
            )


TEMPLATE = gcp(
    "gcp:compute/regionInstanceTemplate:RegionInstanceTemplate",
    {
        "machineType": text(required=True, fixed=True),
        "disks": blocks(
            {
                "sourceImage": text(computed=True),
                "boot": flag(computed=True),
                "autoDelete": flag(computed=True),
                "diskType": text(computed=True),
                "diskSizeGb": whole(computed=True),
            },
            required=True,
            fixed=True,
        ),
        "networkInterfaces": blocks(
            {
                "subnetwork": ref(SUBNETWORK, find=_subnetwork),
                "accessConfigs": blocks({"natIp": text(), "networkTier": text()}),
                "stackType": text(computed=True),
            },
            fixed=True,
        ),
        "metadata": mapping(fixed=True),
        "tags": text_set(fixed=True),
        "labels": mapping(fixed=True),
        "canIpForward": flag(default=False, fixed=True),
        "description": text(fixed=True),
        "instanceDescription": text(fixed=True),
        "shieldedInstanceConfig": block(
            {
                "enableSecureBoot": flag(),
                "enableVtpm": flag(),
                "enableIntegrityMonitoring": flag(),
            },
            fixed=True,
        ),
        "serviceAccount": block(
            {"email": text(computed=True), "scopes": texts(required=True)}, fixed=True
        ),
    },
    id="projects/{project}/regions/{region}/instanceTemplates/{name}",
    regional=True,
    labelled=True,
    self_link=True,
    stamped=True,
    checks=(_one_boot_disk,),
    rules=(_of_its_region,),
    outputs=("metadataFingerprint", "numericId", "tagsFingerprint"),
    made=lambda call: {
        "metadataFingerprint": f"{call.store.serial('gcp:fingerprint'):012x}",
        "tagsFingerprint": f"{call.store.serial('gcp:fingerprint'):012x}",
        "numericId": str(call.store.serial("gcp:number")),
    },
)


def _good_zones(call: Call) -> None:
    """A rule: the zones of a group are of its region, each once."""
    zones = call.values.get("distributionPolicyZones", [])
    for index, zone in enumerate(zones):
        if region_of_zone(zone.rsplit("/", 1)[-1]) != call.place or zone in zones[:index]:
            why = f"The zone must be one of the region {call.place}, each named once."
            raise invalid(call, f"resource.distributionPolicy.zones[{index}].zone", zone, why)


def _good_update(call: Call) -> None:
    """A rule: a fixed number is 0 or at least the number of zones, and one is not 0."""
    policy = call.values.get("updatePolicy")
    if policy is None:
        return
    zones = len(_zones(call))
    found = {name: policy.get(f"{name}Fixed") for name in ("maxSurge", "maxUnavailable")}
    for name, number in found.items():
        if number is not None and 0 < number < zones:
            why = (
                f"Fixed updatePolicy.{name} for regional managed instance group has to be either "
                "0 or at least equal to the number of zones."
            )
            raise invalid(call, f"resource.updatePolicy.{name}.fixed", number, why)
    if found["maxSurge"] == 0 and found["maxUnavailable"] == 0:
        why = "Max surge and max unavailable cannot both be 0."
        raise invalid(call, "resource.updatePolicy", 0, why)


def _has_room(call: Call) -> None:
    """A rule: the subnetwork has addresses for the instances and those of an update."""
    template = call.target("versions.instanceTemplate")
    policy = call.values.get("updatePolicy") or {}
    wanted = call.values.get("targetSize", 0) + policy.get("maxSurgeFixed", 0)
    for interface in template.get("networkInterfaces", []):
        of = interface.get("subnetwork")
        subnetwork = call.world.get(SUBNETWORK, _subnetwork(call, of)) if of else None
        if subnetwork is None:
            continue
        free = IPv4Network(subnetwork["ipCidrRange"]).num_addresses - RESERVED
        if wanted > free:
            raise call.error(_NO_ROOM, subnetwork=subnetwork["name"], free=free, wanted=wanted)


def _zones(call: Call) -> list[str]:
    """The zones of a group: the given ones, otherwise three of the region."""
    given = call.values.get("distributionPolicyZones")
    return list(given) if given else [f"{call.place}-{letter}" for letter in "abc"]


def _statuses(*, stable: bool) -> list[Values]:
    return [{"isStable": stable, "versionTargets": [{"isReached": stable}]}]


def _group(call: Call) -> Values:
    of_group = f"projects/{call.tenant}/regions/{call.place}/instanceGroups/{call.values['name']}"
    return {
        "distributionPolicyZones": _zones(call),
        "fingerprint": f"{call.store.serial('gcp:fingerprint'):012x}",
        "instanceGroup": API + of_group,
        "instanceGroupManagerId": call.store.serial("gcp:number"),
        "statuses": _statuses(stable=False),
    }


def _percent_or_fixed() -> dict[str, Input]:
    names = ("maxSurge", "maxUnavailable")
    fixed = {f"{name}Fixed": whole(computed=True, between=(0, 10_000)) for name in names}
    return {**fixed, **{f"{name}Percent": whole(between=(0, 100)) for name in names}}


GROUP_MANAGER = gcp(
    "gcp:compute/regionInstanceGroupManager:RegionInstanceGroupManager",
    {
        "baseInstanceName": text(required=True),
        "versions": blocks(
            {
                "instanceTemplate": ref(
                    TEMPLATE, find=linked("regions/{region}/instanceTemplates"), required=True
                ),
                "name": text(),
            },
            required=True,
        ),
        "targetSize": whole(computed=True, between=(0, 2000)),
        "distributionPolicyZones": text_set(computed=True, fixed=True),
        "description": text(fixed=True),
        "namedPorts": blocks(
            {"name": text(required=True), "port": whole(required=True)}, unordered=True
        ),
        "updatePolicy": block(
            {
                "type": text(required=True, choices=("PROACTIVE", "OPPORTUNISTIC")),
                "minimalAction": text(
                    required=True, choices=("NONE", "REFRESH", "RESTART", "REPLACE")
                ),
                "instanceRedistributionType": text(computed=True, choices=("PROACTIVE", "NONE")),
                "replacementMethod": text(computed=True, choices=("RECREATE", "SUBSTITUTE")),
                **_percent_or_fixed(),
            },
            computed=True,
        ),
        "waitForInstances": flag(default=False),
        "waitForInstancesStatus": text(default="STABLE", choices=("STABLE", "UPDATED")),
    },
    id="projects/{project}/regions/{region}/instanceGroupManagers/{name}",
    regional=True,
    self_link=True,
    stamped=True,
    rules=(_good_zones, _good_update, _has_room),
    outputs=("fingerprint", "instanceGroup", "instanceGroupManagerId", "statuses"),
    fills={"targetSize": 0},
    made=_group,
    seconds=_SECONDS,
    ready={"statuses": _statuses(stable=True)},
)


def group_at(call: Call, value: str) -> str:
    """The id of the manager of an instance group, which is given by its path or URL."""
    del call
    found = value.removeprefix(API)
    return found.replace("/instanceGroups/", "/instanceGroupManagers/")
