"""Kong's association of its VPC with a Route 53 private hosted zone of the customer."""

from __future__ import annotations

from sandbox.clouds.aws.route53 import ZONE, ZONE_ASSOCIATION, is_authorized
from sandbox.handshakes.shares import kong
from sandbox.store import Found, Store


def missing(store: Store, *, hosted_zone_id: str, kong_vpc_id: str, region: str) -> str | None:
    """Why Kong cannot associate its VPC of ``region`` with a zone; None if it can.

    The account that owns the zone authorises the association.
    """
    zone = _zone(store, hosted_zone_id)
    if zone is None:
        return f"hosted zone {hosted_zone_id} does not exist"
    if not is_authorized(kong(store, region), zone, kong_vpc_id, region):
        return f"hosted zone {hosted_zone_id} does not authorize VPC {kong_vpc_id} in {region}"
    return None


def open_(store: Store, *, hosted_zone_id: str, kong_vpc_id: str, region: str) -> str:
    """Associate Kong's VPC with the zone; returns the id of the association."""
    zone = _zone(store, hosted_zone_id)
    id_ = f"{hosted_zone_id}:{kong_vpc_id}"
    association = {
        "zoneId": hosted_zone_id,
        "vpcId": kong_vpc_id,
        "vpcRegion": region,
        "owningAccount": "" if zone is None else zone.tenant,
    }
    kong(store, region).put(ZONE_ASSOCIATION, id_, association)
    return id_


def state(store: Store, *, region: str, association_id: str) -> str:
    """``associated``, or ``deleted`` when the association or its zone does not exist."""
    found = kong(store, region).get(ZONE_ASSOCIATION, association_id)
    return "deleted" if found is None else "associated"


def close(store: Store, *, region: str, association_id: str) -> None:
    """Delete the association. The customer's authorization stays."""
    kong(store, region).remove_all(ZONE_ASSOCIATION, association_id)


def _zone(store: Store, id_: str) -> Found | None:
    return next(store.anywhere("aws", ZONE.token, id_), None)
