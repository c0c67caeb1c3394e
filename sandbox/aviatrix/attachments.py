"""Attachments of spoke gateways to transit gateways."""

from __future__ import annotations

from sandbox.aviatrix import gateways, records
from sandbox.aviatrix.actions import ANY_FLAG, Asked, Refused, Work, action
from sandbox.aviatrix.cloud_networks import AWS_TYPE, network_of, route_tables
from sandbox.store import Body, Store

ATTACHING = 2 * gateways.MINUTE
DETACHING = 1 * gateways.MINUTE
"""Simulated seconds. Aviatrix documents up to 15 minutes."""

FILTERS = ("spoke_to_transit_filter_cidrs", "transit_to_spoke_filter_cidrs")
_FLAGS = (
    *("insane_mode", "no_max_performance", "over_private_network", "jumbo_frame"),
    *("enable_az_affinity", "disable_activemesh"),
)
_OPTIONAL = ("route_table_list", "tunnel_count", *FILTERS)
_WORDS = dict.fromkeys(_FLAGS, ANY_FLAG)


def id_of(spoke: str, transit: str) -> str:
    """The id of an attachment."""
    return f"{spoke}~{transit}"


@action("attach_spoke_to_transit_gw", ("spoke_gw", "transit_gw"), _OPTIONAL, words=_WORDS)
def attach(asked: Asked) -> Work:
    """Attach a spoke to a transit, and program the routes of both networks."""
    store = asked.store
    spoke = gateways.find_primary(store, asked["spoke_gw"], gateways.SPOKE)
    transit = gateways.find_primary(store, asked["transit_gw"], gateways.TRANSIT)
    egress = transit["enable_egress_transit_firenet"]
    for other in records.every(store, records.ATTACHMENTS, spoke=spoke["name"]):
        if other["transit"] == transit["name"] or other["egress"] == egress:
            raise Refused(
                f"[AVXERR-TRANSIT-0034] Spoke gateway {spoke['name']} already joined "
                f"{other['transit']}"
            )
    _not_busy(store, transit)
    tables = asked.listed("route_table_list")
    if tables:
        _check_tables(store, spoke, tables)
    attachment = {
        "spoke": spoke["name"],
        "transit": transit["name"],
        "egress": egress,
        "state": records.LAUNCHING,
        "route_tables": tables,
        "prepends": {},
        **_settings(asked),
    }
    id_ = id_of(spoke["name"], transit["name"])
    records.put(store, records.ATTACHMENTS, id_, attachment)
    text = f"Successfully joined {spoke['name']} to {transit['name']}"
    return Work("create", records.ATTACHMENTS, id_, ATTACHING, text)


@action("edit_attach_spoke_to_transit_gw", ("spoke_gw", "transit_gw"), _OPTIONAL, words=_WORDS)
def edit(asked: Asked) -> str:
    """Change the filters of an attachment."""
    store, names = asked.store, (asked["spoke_gw"], asked["transit_gw"])
    attachment = find(store, *names)
    settings = _settings(asked)
    changed = {key: settings[key] for key in asked.given(*settings)}
    fixed = [key for key in changed if key not in (*FILTERS, "tunnel_count", "jumbo_frame")]
    for key in fixed:
        if changed[key] != attachment[key]:
            raise Refused(f"{key} of an attachment cannot be changed")
    if all(attachment[key] == value for key, value in changed.items()):
        raise Refused(f"{names[0]} to {names[1]}: configuration not changed")
    records.update(store, records.ATTACHMENTS, id_of(*names), **changed)
    return "Successfully updated the attachment"


@action("detach_spoke_from_transit_gw", ("spoke_gw",), ("transit_gw",))
def detach(asked: Asked) -> Work:
    """Detach a spoke from a transit; without ``transit_gw``, from the only one that it has."""
    store, spoke = asked.store, gateways.find(asked.store, asked["spoke_gw"])
    wanted = asked.get("transit_gw")
    attached = [
        one
        for one in records.every(store, records.ATTACHMENTS, spoke=spoke["name"])
        if wanted in ("", one["transit"])
    ]
    if not attached:
        said = f"is not attached to {wanted}" if wanted else "has not joined to any transit"
        raise Refused(f"Spoke gateway {spoke['name']} {said}")
    if len(attached) > 1:
        raise Refused(f"transit_gw is required: {spoke['name']} is attached to two transits")
    attachment = attached[0]
    transit = gateways.find(store, attachment["transit"])
    _refuse_in_use(store, attachment)
    _not_busy(store, transit)
    id_ = id_of(spoke["name"], transit["name"])
    text = f"Successfully detached {spoke['name']} from {transit['name']}"
    return Work("delete", records.ATTACHMENTS, id_, DETACHING, text)


def find(store: Store, spoke: str, transit: str) -> Body:
    """An attachment that is up. Raises Refused without one."""
    attachment = records.get(store, records.ATTACHMENTS, id_of(spoke, transit))
    if attachment is None or attachment["state"] != records.UP:
        raise Refused(f"Attachment of {spoke} to {transit} does not exist")
    return attachment


def _settings(asked: Asked) -> Body:
    return {
        **{flag: asked.flag(flag) for flag in _FLAGS},
        **{name: asked.cidrs(name) for name in FILTERS},
        "tunnel_count": asked.whole("tunnel_count", 1, 60) or 0,
    }


def _check_tables(store: Store, spoke: Body, tables: list[str]) -> None:
    if spoke["cloud_type"] != AWS_TYPE:
        raise Refused("route_table_list is for spokes in AWS")
    account = gateways.account_of(store, spoke)
    network = network_of(store, account, spoke["vpc_id"], spoke["region"])
    known = route_tables(network)
    for table in tables:
        if table not in known:
            raise Refused(f"route_table_list: {table} is not a route table of {spoke['vpc_id']}")


def _not_busy(store: Store, transit: Body) -> None:
    """The controller attaches to a transit one spoke after the other."""
    for other in records.every(store, records.ATTACHMENTS, transit=transit["name"]):
        if other["state"] != records.UP:
            raise Refused(
                f"Gateway {transit['name']} is locked: {other['spoke']} is {_DOING[other['state']]}"
            )


_DOING = {records.LAUNCHING: "being attached", records.DELETING: "being detached"}


def _refuse_in_use(store: Store, attachment: Body) -> None:
    """Raise Refused while a policy or a network domain names the spoke."""
    spoke, transit = attachment["spoke"], attachment["transit"]
    if records.get(store, records.POLICIES, f"{transit}~SPOKE:{spoke}") is not None:
        raise Refused(f"Spoke gateway {spoke} has an inspection policy on {transit}")
    domain = records.get(store, records.DOMAIN_ASSOCIATIONS, spoke)
    if domain is not None and domain["transit"] == transit:
        raise Refused(f"Spoke gateway {spoke} is associated with network domain {domain['domain']}")
