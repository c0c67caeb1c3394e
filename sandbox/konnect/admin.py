"""What the admin API of the sandbox has for Konnect only.

Accept an attachment, make an object fail, take a node offline, spoil a domain, set quotas, switch
features on or off. The rest is in ``sandbox.http.admin``.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Literal

from pydantic import Field
from starlette.datastructures import QueryParams

from sandbox import public_dns
from sandbox.http.application import ADMIN
from sandbox.http.bodies import Closed, load, parse
from sandbox.http.problems import invalid, not_found
from sandbox.http.routing import Router
from sandbox.konnect import (
    custom_domains,
    features,
    nodes,
    private_dns,
    quotas,
    records,
    transit_gateways,
)
from sandbox.store import Body, Store

router = Router()


class Accepted(Closed):
    """Body of ``POST accept``; ``missing`` resources share no zone with the network."""

    missing: list[str] = Field(default_factory=list)


class Failed(Closed):
    """Body of ``POST fail``."""

    reason: str = "failed by hand"


def _attachment(store: Store, kind: str, id_: str) -> Body:
    if kind not in (records.TRANSIT_GATEWAYS, records.PRIVATE_DNS):
        raise not_found(f"nothing to accept for {kind}")
    return records.find(store, kind, id_)


@router.post(ADMIN + "/accept/{kind}/{id_}")
def accept(store: Store, kind: str, id_: str, raw: bytes) -> None:
    """Accept an attachment without the customer's side in a simulated cloud."""
    attachment = _attachment(store, kind, id_)
    body = parse(Accepted, raw or b"{}")
    if kind == records.TRANSIT_GATEWAYS:
        transit_gateways.accept(store, attachment, body.missing)
    else:
        private_dns.accept(store, attachment)


_FAILURES: dict[str, dict[str, Any]] = {
    # Networks and groups have no error state: they stay in initializing, with a reason.
    records.NETWORKS: {"state": "initializing"},
    records.GROUPS: {"state": "initializing"},
    records.TRANSIT_GATEWAYS: {"state": "error", "_phase": None},
    records.PRIVATE_DNS: {"state": "error"},
    records.CUSTOM_DOMAINS: {"state": "error"},
}


@router.post(ADMIN + "/fail/{kind}/{id_}")
def fail(store: Store, kind: str, id_: str, raw: bytes) -> None:
    """Make an object fail, in the way that Konnect shows failures of its kind."""
    body = parse(Failed, raw or b"{}")
    record = records.find(store, kind, id_)
    if kind == records.ADD_ONS:
        _fail_cache(store, record, body.reason)
        return
    if kind not in _FAILURES:
        raise not_found(f"{kind} do not fail")
    status = "INVALID" if kind == records.NETWORKS else "ERROR"
    metadata = {"reported_status": status, "reason": body.reason}
    records.change(store, kind, record, state_metadata=metadata, **_FAILURES[kind])


def _fail_cache(store: Store, add_on: Body, reason: str) -> None:
    for entry in add_on["config"]["data_plane_groups"]:
        entry |= {"state": "error", "state_metadata": {"error_reason": reason}}
        add_on["_timers"].pop(entry["id"], None)
    due = min(add_on["_timers"].values(), default=None)
    records.change(store, records.ADD_ONS, add_on, due=due)


class NodeFault(Closed):
    """Body of ``PUT nodes``. Without both fields the node is well again."""

    online: bool = True
    in_sync: bool = True


@router.put(ADMIN + "/nodes/{control_plane_id}/{node}")
def put_node(store: Store, control_plane_id: str, node: str, raw: bytes) -> Body:
    """Take a node offline, with its gateway if that runs, or out of sync."""
    given = parse(NodeFault, raw)
    nodes.set_fault(store, control_plane_id, node, online=given.online, in_sync=given.in_sync)
    return given.model_dump()


class OnlineStatus(Closed):
    """Body of ``PUT online-status``. An absent field is what the domain's records make it."""

    cname: Literal["verified", "unverified"] | None = None
    ssl: Literal["verified", "unverified"] | None = None


@router.put(ADMIN + "/online-status/{domain_id}")
def put_online_status(store: Store, domain_id: str, raw: bytes) -> Body:
    """Set what Konnect says of a domain: an expired certificate is ``{"ssl": "unverified"}``."""
    given: Body = parse(OnlineStatus, raw).model_dump(exclude_none=True)
    custom_domains.set_online_status(store, domain_id, given)
    return given


class RecordSet(Closed):
    """Body of ``PUT dns``: a record set as in a zone file; no values delete it."""

    name: str = Field(min_length=1)
    type: Literal["A", "CAA", "CNAME", "TXT"]
    values: list[str]


@router.put(ADMIN + "/dns")
def put_dns(store: Store, raw: bytes) -> Body:
    """Declare a public record set of a name that is in no zone of the simulated clouds."""
    given = parse(RecordSet, raw)
    public_dns.declare(store, given.name, given.type, given.values)
    return given.model_dump()


_DNS_TYPES: dict[public_dns.RecordType, int] = {"A": 1, "CAA": 257, "CNAME": 5, "TXT": 16}


@router.get(ADMIN + "/dns")
def get_dns(store: Store, query: QueryParams) -> Body:
    """Answer for a ``name`` and ``type``, in the JSON form of Google Public DNS."""
    name, type_ = query.get("name", ""), query.get("type", "CNAME")
    known = next((one for one in _DNS_TYPES if one == type_), None)
    if known is None:
        listed = ", ".join(_DNS_TYPES)
        raise invalid("type", "enum", f"type must be one of {listed}", source="query")
    found = public_dns.values(store, name, known)
    answers = [{"name": f"{name}.", "type": _DNS_TYPES[known], "data": value} for value in found]
    return {"Status": 0 if found else 3, **({"Answer": answers} if found else {})}


@router.put(ADMIN + "/quotas")
def put_quotas(store: Store, raw: bytes) -> Body:
    """Set quotas and resource configurations by name; null restores the default."""
    wanted = _named(raw, {**quotas.DEFAULTS, **quotas.CONFIGURATION_DEFAULTS})
    for name, value in wanted.items():
        if value is not None and (type(value) is not int or value < 0):
            raise invalid(name, "is_integer", f"{name} must be null or an integer from 0")
        quotas.override(store, name, value)
    return wanted


@router.put(ADMIN + "/features")
def put_features(store: Store, raw: bytes) -> Body:
    """Switch features on (true) or off (false) by name."""
    wanted = _named(raw, features.ALL)
    for name, value in wanted.items():
        if type(value) is not bool:
            raise invalid(name, "is_boolean", f"{name} must be a boolean")
        features.switch(store, name, value)
    return wanted


def _named(raw: bytes, names: Collection[str]) -> Body:
    wanted = load(raw)
    if not isinstance(wanted, dict):
        raise invalid("body", "is_object", "body must be an object")
    for name in wanted:
        if name not in names:
            listed = ", ".join(names)
            raise invalid(name, "enum", f"{name} is not one of {listed}", choices=list(names))
    return wanted
