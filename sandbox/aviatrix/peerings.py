"""Peerings of transit gateways. A peering has no first side: either order names it."""

from __future__ import annotations

from sandbox.aviatrix import attachments, gateways, records
from sandbox.aviatrix.actions import ANY_FLAG, TRUE_FALSE, YES_NO, Asked, Refused, Work, action
from sandbox.store import Body, Store

CREATION = 1.5 * gateways.MINUTE
DELETION = 1 * gateways.MINUTE

_SIDES = ("src_filter_list", "src_to_dst_filter_cidrs", "source_exclude_connections")
_FAR_SIDES = ("dst_filter_list", "dst_to_src_filter_cidrs", "destination_exclude_connections")
_WORDS = {
    "private_ip_peering": YES_NO,
    "insane_mode_over_internet": TRUE_FALSE,
    "single_tunnel": YES_NO,
    "no_max_performance": TRUE_FALSE,
    **dict.fromkeys(
        (
            *("over_private_network", "jumbo_frame", "insane_mode"),
            *("enable_az_affinity", "disable_activemesh"),
        ),
        ANY_FLAG,
    ),
}
_OPTIONAL = (*_SIDES, *_FAR_SIDES, "tunnel_count", "gateway1_logical_ifnames")
_NAMES = ("gateway1", "gateway2")
PREPEND = "conn_bgp_prepend_as_path"
"""Key of a side of a peering: the AS numbers that it prepends."""


def id_of(one: str, other: str) -> str:
    """The id of the peering of two gateways, in either order."""
    return "~".join(sorted((one, other)))


@action("create_inter_transit_gateway_peering", _NAMES, _OPTIONAL, words=_WORDS)
def create(asked: Asked) -> Work:
    """Peer two transit gateways."""
    store, (one, other) = asked.store, (asked["gateway1"], asked["gateway2"])
    if one == other:
        raise Refused(f"gateway1 and gateway2 are both {one}")
    for name in (one, other):
        gateways.find_primary(store, name, gateways.TRANSIT)
    id_ = id_of(one, other)
    if records.get(store, records.PEERINGS, id_) is not None:
        raise Refused(f"Transit gateway peering of {one} and {other} already exists")
    peering = {
        **{name: asked[name] for name in _NAMES},
        "state": records.LAUNCHING,
        "site_1": _site(asked, _SIDES),
        "site_2": _site(asked, _FAR_SIDES),
        "private_network_peering": asked.flag("private_ip_peering"),
        "insane_mode_over_internet": asked.flag("insane_mode_over_internet"),
        "tunnel_count": asked.whole("tunnel_count", 1, 60) or 0,
        "no_max_performance": asked.flag("no_max_performance"),
        "jumbo_frame": asked.flag("jumbo_frame", default=True),
        "insane_mode": asked.flag("insane_mode"),
        "az_affinity_enabled": asked.flag("enable_az_affinity"),
        "disable_activemesh": asked.flag("disable_activemesh"),
        "single_tunnel": asked.flag("single_tunnel"),
    }
    records.put(store, records.PEERINGS, id_, peering)
    return Work("create", records.PEERINGS, id_, CREATION, f"Successfully peered {one} and {other}")


def _site(asked: Asked, names: tuple[str, ...]) -> Body:
    filters, directional, excluded = names
    return {
        "exclude_filter_list": asked.cidrs(filters),
        "directional_filter_list": asked.cidrs(directional),
        "exclude_connections": asked.listed(excluded),
        PREPEND: "",
    }


def _edited_site(asked: Asked, names: tuple[str, ...], site: Body) -> Body:
    """A side of a peering after an edit. What the request leaves out stays."""
    wanted = _site(asked, names)
    keys = [key for key in wanted if key != PREPEND]
    changed = {key: wanted[key] for key, name in zip(keys, names, strict=True) if asked.given(name)}
    return {**site, **changed}


@action("list_inter_transit_gateway_peering", reads=True)
def list_all(asked: Asked) -> list[list[Body]]:
    """Every peering, in a list within a list."""
    found = records.every(asked.store, records.PEERINGS, state=records.UP)
    return [[{name: peering[name] for name in _NAMES} for peering in found]]


@action("get_inter_transit_gateway_peering_details", _NAMES, reads=True)
def details(asked: Asked) -> Body:
    """A peering, or the attachment of a spoke (gateway1) to a transit (gateway2).

    ``site_1`` is the side of ``gateway1`` of the request.
    """
    store, (one, other) = asked.store, (asked["gateway1"], asked["gateway2"])
    attached = records.get(store, records.ATTACHMENTS, attachments.id_of(one, other))
    if attached is not None and attached["state"] == records.UP:
        return _attachment_details(attached)
    peering = _find(store, one, other)
    sites = (peering["site_1"], peering["site_2"])
    near, far = sites if peering["gateway1"] == one else (sites[1], sites[0])
    plain = {key: value for key, value in peering.items() if key not in _HIDDEN}
    sub_tunnels = 1 if peering["single_tunnel"] else 4
    tunnels = [{"license_id": id_of(one, other), "sub_tunnel_count": sub_tunnels}]
    count = {"insane_mode_tunnel_count": peering["tunnel_count"]}
    return {**plain, **count, "site_1": near, "site_2": far, "tunnels": tunnels}


_HIDDEN = (*_NAMES, "state", "single_tunnel")


def _attachment_details(attached: Body) -> Body:
    near, far = (attached[name] for name in attachments.FILTERS)
    blank: Body = {"exclude_filter_list": [], "exclude_connections": []}
    prepends = [
        attached["prepends"].get(name, "") for name in (attached["spoke"], attached["transit"])
    ]
    return {
        "site_1": {**blank, "directional_filter_list": near, PREPEND: prepends[0]},
        "site_2": {**blank, "directional_filter_list": far, PREPEND: prepends[1]},
        "private_network_peering": attached["over_private_network"],
        "insane_mode_over_internet": False,
        "tunnel_count": attached["tunnel_count"],
        "insane_mode_tunnel_count": attached["tunnel_count"],
        "no_max_performance": attached["no_max_performance"],
        "jumbo_frame": attached["jumbo_frame"],
        "insane_mode": attached["insane_mode"],
        "az_affinity_enabled": attached["enable_az_affinity"],
        "disable_activemesh": attached["disable_activemesh"],
        "tunnels": [],
    }


@action(
    "edit_inter_transit_gateway_peering",
    _NAMES,
    (*_SIDES, *_FAR_SIDES, "tunnel_count"),
    words={"jumbo_frame": ANY_FLAG},
)
def edit(asked: Asked) -> str:
    """Change the filters, exclusions, tunnel count or jumbo frames of a peering."""
    store, (one, other) = asked.store, (asked["gateway1"], asked["gateway2"])
    peering = _find(store, one, other)
    changed = dict(peering)
    keys = ("site_1", "site_2") if peering["gateway1"] == one else ("site_2", "site_1")
    for key, names in zip(keys, (_SIDES, _FAR_SIDES), strict=True):
        changed[key] = _edited_site(asked, names, peering[key])
    changed["tunnel_count"] = asked.whole("tunnel_count", 1, 60) or peering["tunnel_count"]
    changed["jumbo_frame"] = asked.flag("jumbo_frame", default=peering["jumbo_frame"])
    if changed == peering:
        raise Refused(f"Transit gateway peering of {one} and {other}: configuration not changed")
    records.put(store, records.PEERINGS, id_of(one, other), changed)
    return "Successfully updated the transit gateway peering"


@action("delete_inter_transit_gateway_peering", _NAMES)
def delete(asked: Asked) -> Work:
    """Delete a peering."""
    store, (one, other) = asked.store, (asked["gateway1"], asked["gateway2"])
    _find(store, one, other)
    for transit, far in ((one, other), (other, one)):
        for prefix in ("TRANSIT", "PEERING"):
            if records.get(store, records.POLICIES, f"{transit}~{prefix}:{far}") is not None:
                raise Refused(f"The peering with {far} has an inspection policy on {transit}")
    text = f"Successfully deleted the peering of {one} and {other}"
    return Work("delete", records.PEERINGS, id_of(one, other), DELETION, text)


def _find(store: Store, one: str, other: str) -> Body:
    peering = records.get(store, records.PEERINGS, id_of(one, other))
    if peering is None or peering["state"] != records.UP:
        raise Refused(f"Transit gateway peering of {one} and {other} does not exist")
    return peering
