"""Route 53 record sets: their names, routing policies and alias targets.

Source: ChangeResourceRecordSets and ResourceRecordSet of the Amazon Route 53 API. A record set is
known by its name, type and set identifier. Those of one name and type have one routing policy.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from typing import Any

from sandbox.clouds.aws.alias_zones import ALIAS_DOMAINS
from sandbox.clouds.aws.cloud import AWS, aws, replace_action
from sandbox.clouds.aws.regions import REGIONS
from sandbox.clouds.aws.route53 import RECORD_TOKEN, ZONE, domain_name
from sandbox.clouds.aws.route53_health import HEALTH_CHECK
from sandbox.clouds.declare import Call, CloudError
from sandbox.clouds.inputs import Failure, block, blocks, flag, ref, text, text_set, whole
from sandbox.clouds.rules import siblings
from sandbox.clouds.wire import Values, is_unknown

_POLICIES = {
    "weightedRoutingPolicies": "weighted",
    "latencyRoutingPolicies": "latency",
    "failoverRoutingPolicies": "failover",
    "geolocationRoutingPolicies": "geolocation",
    "geoproximityRoutingPolicy": "geoproximity",
    "multivalueAnswerRoutingPolicy": "multivalue answer",
}
_ONE_PER_VALUE = (
    "latencyRoutingPolicies",
    "failoverRoutingPolicies",
    "geolocationRoutingPolicies",
)
"""Policies of which two record sets of a group never have the same value."""
_LOCATIONS = ("awsRegion", "coordinates", "localZoneGroup")
_VERSIONS = {"A": 4, "AAAA": 6}
_TYPES = "A AAAA CAA CNAME DS HTTPS MX NAPTR NS PTR SOA SPF SRV SSHFP SVCB TLSA TXT"


def _policy(values: Values) -> str:
    """The input that holds the routing policy; empty for a simple record set."""
    return next((name for name in _POLICIES if values.get(name)), "")


def _one_form(values: Values) -> Iterator[Failure]:
    """The provider's own errors about inputs that exclude or need each other."""
    if "aliases" in values and "records" in values:
        yield "records", "only one of `aliases,records` can be specified, but both were specified"
    if "ttl" in values and "aliases" in values:
        yield "ttl", '"ttl": conflicts with aliases, and all of `records,ttl` must be specified'
    policies = [name for name in _POLICIES if values.get(name)]
    if len(policies) > 1:
        yield policies[1], f'"{policies[1]}": conflicts with {policies[0]}'
    if policies and "setIdentifier" not in values:
        yield policies[0], f"all of `{policies[0]},setIdentifier` must be specified"
    for name in ("aliases", *_POLICIES):
        items = values.get(name)
        if isinstance(items, list) and len(items) > 1:
            yield name, f"Too many list items: no more than 1 {name} item, got {len(items)}"
    bias = _part(values, "geoproximityRoutingPolicy").get("bias", 0)
    if isinstance(bias, int) and not -99 <= bias <= 99:
        yield (
            "geoproximityRoutingPolicy",
            f"expected bias to be in the range (-99 - 99), got {bias}",
        )


def _part(values: Values, name: str) -> dict[str, Any]:
    """The only block of an input; empty without one."""
    value = values.get(name)
    found = value[0] if isinstance(value, list) and value else value
    return found if isinstance(found, dict) and not is_unknown(found) else {}


def _fqdn(call: Call) -> str:
    """The full name. As the provider does, it adds the zone to a name without that ending."""
    name, zone = domain_name(call.values["name"]), domain_name(call.target("zoneId")["name"])
    if name.endswith(zone):
        return name
    return f"{name}.{zone}" if name else zone


def _described(call: Call) -> str:
    values = call.values
    of_set = f", SetIdentifier {values['setIdentifier']}" if "setIdentifier" in values else ""
    return f"RRSet with DNS name {_fqdn(call)}., type {values['type']}{of_set}"


def _refused(call: Call, said: str) -> CloudError:
    return call.error(("InvalidChangeBatch", "[{said}]"), said=said)


def _complete(call: Call) -> None:
    """A rule: the request has all fields, with values in their ranges."""
    values = call.values
    # Not a check of a preview: there the records may not be known yet.
    if "records" not in values and "aliases" not in values:
        raise CloudError("MissingInput", "one of `aliases,records` must be specified")
    if "records" in values and "ttl" not in values:
        raise _invalid(call, "Missing field 'TTL'")
    if "setIdentifier" in values and not _policy(values):
        policies = "Weight, Region, Failover, GeoLocation, GeoProximityLocation or MultiValueAnswer"
        raise _invalid(call, f"Expected exactly one of [{policies}], but found none")
    weight = _part(values, "weightedRoutingPolicies").get("weight", 0)
    if not 0 <= weight <= 255:
        raise _invalid(call, f"Weight {weight} is not in the range 0 to 255")
    location = _part(values, "geoproximityRoutingPolicy")
    if location and sum(name in location for name in _LOCATIONS) != 1:
        raise _invalid(call, f"GeoProximityLocation takes exactly one of {', '.join(_LOCATIONS)}")


def _invalid(call: Call, said: str) -> CloudError:
    return call.error(("InvalidInput", f"Invalid request: {said} in [{_described(call)}]"))


def _good_data(call: Call) -> None:
    """A rule: addresses are addresses, and a CNAME has one target."""
    type_, records = call.values["type"], call.values.get("records", [])
    for value in records if type_ in _VERSIONS else ():
        if not _is_address(value, _VERSIONS[type_]):
            kind = f"IPv{_VERSIONS[type_]}"
            raise _refused(
                call,
                f"Invalid Resource Record: 'FATAL problem: {type_}RRDATAIllegal{kind}Address "
                f"(Value is not a valid {kind} address) encountered with '{value}''",
            )
    if type_ == "CNAME" and len(records) > 1:
        raise _refused(call, f"{_described(call)} has more than one resource record")


def _is_address(value: str, version: int) -> bool:
    try:
        return ipaddress.ip_address(value).version == version
    except ValueError:
        return False


def _place_in_zone(call: Call) -> None:
    """A rule: the name is in the zone, and a name with a CNAME has no record set of other types."""
    fqdn, type_ = _fqdn(call), call.values["type"]
    zone = domain_name(call.target("zoneId")["name"])
    if not f".{fqdn}".endswith(f".{zone}"):
        raise _refused(call, f"RRSet with DNS name {fqdn}. is not permitted in zone {zone}.")
    cname = f"RRSet of type CNAME with DNS name {fqdn}. is not permitted"
    if type_ == "CNAME" and fqdn == zone:
        raise _refused(call, f"{cname} at apex in zone {zone}.")
    for _, other in siblings(call, "zoneId"):
        if other["fqdn"] == fqdn and other["type"] != type_ and "CNAME" in (type_, other["type"]):
            what = cname if type_ == "CNAME" else _described(call) + " is not permitted"
            raise _refused(
                call,
                f"{what} as it conflicts with other records with the same DNS name in zone {zone}.",
            )


def _group(call: Call) -> Iterator[tuple[str, Values]]:
    """(id, body) of the other record sets with the same name and type."""
    name, type_ = _fqdn(call), call.values["type"]
    for id_, other in siblings(call, "zoneId"):
        if (other["fqdn"], other["type"]) == (name, type_):
            yield id_, other


def _fits_group(call: Call) -> None:
    """A rule: the record sets of a name and type have one policy, and differ as it asks.

    One with ``allowOverwrite`` takes the place of the record set with its identifier.
    """
    values = call.values
    mine, overwrites = _policy(values), values.get("allowOverwrite", False)
    at_apex = _fqdn(call) == domain_name(call.target("zoneId")["name"])
    if values["type"] in ("NS", "SOA") and at_apex and not (overwrites or call.stored):
        raise _exists(call)
    for id_, other in list(_group(call)):
        if other.get("setIdentifier") == values.get("setIdentifier"):
            if not overwrites:
                raise _exists(call)
            call.world.remove_all(RECORD, id_)
            continue
        theirs = _policy(other)
        if not (mine and theirs):
            said = "cannot be created as other RRSets exist with the same name and type."
        elif mine != theirs:
            kind = _POLICIES[mine]
            said = f"cannot be created as a non-{kind} set exists with the same name and type."
        elif mine in _ONE_PER_VALUE and other[mine] == values[mine]:
            said = f"cannot be created as a {_POLICIES[mine]} set exists with the same {mine}."
        elif mine == "weightedRoutingPolicies" and _ttls_differ(other, values):
            said = "cannot be created as weighted sets must contain the same TTL."
        else:
            continue
        raise _refused(call, f"{_described(call)} {said}")


def _exists(call: Call) -> CloudError:
    values = call.values
    of_set = f", set-identifier='{values['setIdentifier']}'" if "setIdentifier" in values else ""
    named = f"[name='{_fqdn(call)}.', type='{values['type']}'{of_set}]"
    return _refused(call, f"Tried to create resource record set {named} but it already exists")


def _ttls_differ(one: Values, other: Values) -> bool:
    """Whether two record sets have different TTLs. An alias has that of its target."""
    return "ttl" in one and "ttl" in other and one["ttl"] != other["ttl"]


def _sound_failover(call: Call) -> None:
    """A rule: Route 53 knows the health of a primary record set, and of a failover alias."""
    values = call.values
    kind, alias = _part(values, "failoverRoutingPolicies").get("type"), _part(values, "aliases")
    if kind == "PRIMARY" and not alias and "healthCheckId" not in values:
        said = "A non-alias primary ResourceRecordSet must have an associated health check."
        raise _refused(call, said)
    if kind and alias and not alias["evaluateTargetHealth"]:
        raise _refused(call, "A failover alias must have EvaluateTargetHealth set to true.")
    if alias and values.get("multivalueAnswerRoutingPolicy"):
        raise _refused(call, "A multivalue answer record set cannot be an alias.")


def _alias_target(call: Call) -> None:
    """A rule: an alias targets a record set of its zone, or a name of an AWS service."""
    alias, type_ = _part(call.values, "aliases"), call.values["type"]
    if not alias:
        return
    name, zone_id = domain_name(alias["name"]), alias["zoneId"]
    if zone_id == call.values["zoneId"]:
        domain = domain_name(call.target("zoneId")["name"])
        there = [body for _, body in siblings(call, "zoneId") if body["fqdn"] == name]
        found = any(body["type"] == type_ for body in there)
    else:
        domain = ALIAS_DOMAINS.get(zone_id, "")
        found = type_ in _VERSIONS
    said = f"Tried to create an alias that targets {name}., type {type_} in zone {zone_id}, but "
    if not domain or not f".{name}".endswith(f".{domain}"):
        raise _refused(call, said + "the alias target name does not lie within the target zone")
    if not found:
        raise _refused(call, said + "that target was not found")


def _id(call: Call) -> str:
    values = call.values
    parts = (values["zoneId"], domain_name(values["name"]), values["type"])
    return "_".join([*parts, *([values["setIdentifier"]] if "setIdentifier" in values else [])])


def _same_name(one: str, other: str) -> bool:
    return domain_name(one) == domain_name(other)


RECORD = aws(
    RECORD_TOKEN,
    {
        "zoneId": ref(ZONE, required=True, fixed=True, on_delete="cascade"),
        "name": text(required=True, fixed=True, same=_same_name),
        "type": text(required=True, choices=tuple(_TYPES.split())),
        "ttl": whole(),
        "records": text_set(),
        "aliases": blocks(
            {
                "name": text(required=True, same=_same_name),
                "zoneId": text(required=True),
                "evaluateTargetHealth": flag(required=True),
            }
        ),
        "setIdentifier": text(),
        "healthCheckId": ref(HEALTH_CHECK, on_delete="keep"),
        "weightedRoutingPolicies": blocks({"weight": whole(required=True)}),
        "latencyRoutingPolicies": blocks(
            {"region": text(required=True, choices=tuple(sorted(REGIONS)))}
        ),
        "failoverRoutingPolicies": blocks(
            {"type": text(required=True, choices=("PRIMARY", "SECONDARY"))}
        ),
        "geolocationRoutingPolicies": blocks(
            {"continent": text(), "country": text(), "subdivision": text()}
        ),
        "geoproximityRoutingPolicy": block(
            {
                "awsRegion": text(),
                "bias": whole(),
                "coordinates": blocks(
                    {"latitude": text(required=True), "longitude": text(required=True)},
                    unordered=True,
                ),
                "localZoneGroup": text(),
            }
        ),
        "multivalueAnswerRoutingPolicy": flag(),
        "allowOverwrite": flag(computed=True),
    },
    id=_id,
    action="Route 53: ChangeResourceRecordSets",
    tagged=False,
    regional=False,
    missing=("InvalidChangeBatch", "The record set {id} was not found"),
    checks=(_one_form,),
    rules=(_complete, _good_data, _place_in_zone, _sound_failover, _alias_target, _fits_group),
    outputs=("fqdn",),
    made=lambda call, id_: {"fqdn": _fqdn(call), "name": domain_name(call.values["name"])},
)


@AWS.function("aws:route53/getRecords:getRecords")
def _get_records(call: Call) -> Values:
    """The record sets of a zone; those whose names match ``nameRegex``, if it is given."""
    zone = call.world.get(ZONE, call.values["zoneId"])
    if zone is None:
        raise replace_action(call, "Route 53: ListResourceRecordSets").error(
            ZONE.missing, id=call.values["zoneId"]
        )
    wanted = re.compile(call.values.get("nameRegex") or "")
    found = [
        _listed(body)
        for _, body in call.world.where(RECORD, zoneId=call.values["zoneId"])
        if wanted.search(f"{body['fqdn']}.")
    ]
    return {**call.values, "id": call.values["zoneId"], "resourceRecordSets": found}


def _listed(body: Values) -> Values:
    """A record set as the list shows it. Places that it does not have are missing."""
    alias = _part(body, "aliases")
    on_the_map = _part(body, "geoproximityRoutingPolicy")
    place = _part(body, "geolocationRoutingPolicies")
    return {
        "name": f"{body['fqdn']}.",
        "type": body["type"],
        "ttl": body.get("ttl", 0),
        "resourceRecords": [{"value": value} for value in body.get("records", [])],
        "aliasTarget": {
            "dnsName": alias.get("name", ""),
            "evaluateTargetHealth": alias.get("evaluateTargetHealth", False),
            "hostedZoneId": alias.get("zoneId", ""),
        },
        "setIdentifier": body.get("setIdentifier", ""),
        "healthCheckId": body.get("healthCheckId", ""),
        "weight": _part(body, "weightedRoutingPolicies").get("weight", 0),
        "region": _part(body, "latencyRoutingPolicies").get("region", ""),
        "geoproximityLocation": {
            "awsRegion": on_the_map.get("awsRegion", ""),
            "bias": on_the_map.get("bias", 0),
            "localZoneGroup": on_the_map.get("localZoneGroup", ""),
        }
        if on_the_map
        else None,
        "geolocation": {
            "continentCode": place.get("continent", ""),
            "countryCode": place.get("country", ""),
            "subdivisionCode": place.get("subdivision", ""),
        }
        if place
        else None,
        "failover": _part(body, "failoverRoutingPolicies").get("type", ""),
        "multiValueAnswer": False,
        "trafficPolicyInstanceId": "",
    }
