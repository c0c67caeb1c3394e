"""Transit gateways: the private attachments of a network, six kinds in one collection.

The kind is in ``transit_gateway_attachment_config``. Only the AWS transit gateway (its CIDRs)
and the resource endpoint (its mapping) can be patched. The state of an attachment that waits
is documented only for GCP (``initializing``) and assumed for the other kinds.
"""

from __future__ import annotations

from ipaddress import IPv4Network
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError
from starlette.datastructures import QueryParams

from sandbox.http import filters
from sandbox.http.bodies import Closed, Open, load, parse, parse_value
from sandbox.http.problems import Refusal, conflict, invalid, parameter
from sandbox.http.routing import Router
from sandbox.konnect import attachments, durations, paging, records
from sandbox.konnect.attachments import Standing
from sandbox.konnect.networks import ready_network
from sandbox.store import Body, Store

STATES = (
    "created",
    "initializing",
    "pending-acceptance",
    "pending-user-action",
    "ready",
    "terminating",
    "terminated",
    "error",
)
STABLE = frozenset({"pending-acceptance", "pending-user-action", "ready", "error"})
AWS_TRANSIT_GATEWAY = "aws-transit-gateway-attachment"
RESOURCE_ENDPOINT = "aws-resource-endpoint-attachment"
WITH_CIDRS = frozenset({AWS_TRANSIT_GATEWAY, "aws-vpc-peering-attachment"})


def _checked_arn(value: str) -> str:
    if not value.startswith("arn:") or value.count(":") < 5:
        raise PydanticCustomError("is_arn", "must be an ARN")
    return value


Arn = Annotated[str, AfterValidator(_checked_arn)]


class AwsTransitGateway(Closed):
    """An AWS transit gateway shared through RAM."""

    kind: Literal["aws-transit-gateway-attachment"]
    transit_gateway_id: str
    ram_share_arn: Arn


class AwsVpcPeering(Closed):
    """A peering with a VPC."""

    kind: Literal["aws-vpc-peering-attachment"]
    peer_account_id: str
    peer_vpc_id: str
    peer_vpc_region: str


class ResourceConfig(Closed):
    """A resource configuration and its domain name."""

    resource_config_id: str
    domain_name: str


class AwsResourceEndpoint(Closed):
    """VPC Lattice resources shared through RAM."""

    kind: Literal["aws-resource-endpoint-attachment"]
    ram_share_arn: Arn
    resource_config: list[ResourceConfig] = Field(default_factory=list)


class AzureVnetPeering(Closed):
    """A peering with an Azure VNet."""

    kind: Literal["azure-vnet-peering-attachment"]
    tenant_id: str
    subscription_id: str
    resource_group_name: str
    vnet_name: str


class AzureVhubPeering(Closed):
    """A connection to an Azure virtual hub."""

    kind: Literal["azure-vhub-peering-attachment"]
    tenant_id: str
    subscription_id: str
    resource_group_name: str
    vhub_name: str


class GcpVpcPeering(Closed):
    """A peering with a GCP VPC network."""

    kind: Literal["gcp-vpc-peering-attachment"]
    peer_project_id: str
    peer_vpc_name: str


Attachment = Annotated[
    AwsTransitGateway
    | AwsVpcPeering
    | AwsResourceEndpoint
    | AzureVnetPeering
    | AzureVhubPeering
    | GcpVpcPeering,
    Field(discriminator="kind"),
]


class DnsMapping(Closed):
    """DNS servers and their domains. The mapping is a list here, a map in private DNS."""

    remote_dns_server_ip_addresses: list[str]
    domain_proxy_list: list[str]


class CreateTransitGateway(Open):
    """Body of ``create-transit-gateway``; it allows unknown keys, its configuration does not."""

    name: Annotated[str, Field(min_length=1, max_length=120)]
    dns_config: list[DnsMapping] = Field(default_factory=list)
    cidr_blocks: list[str] = Field(default_factory=list)
    transit_gateway_attachment_config: Attachment


class PatchCidrs(Open):
    """Patch of an AWS transit gateway."""

    cidr_blocks: list[str]


class EndpointPatch(Closed):
    """The mapping of a resource endpoint."""

    kind: Literal["aws-resource-endpoint-attachment"]
    resource_config: list[ResourceConfig]


class PatchEndpoint(Open):
    """Patch of a resource endpoint."""

    transit_gateway_attachment_config: EndpointPatch


router = Router()

_COLLECTION = "/cloud-gateways/networks/{network_id}/transit-gateways"
_FILTERS = {"name": filters.TEXT, "state": filters.choice(*STATES)}


# Transitions


def step(store: Store, gateway: Body, at: float) -> None:
    """Apply the due transition of an attachment, or poll the customer's side."""
    network = records.find(store, records.NETWORKS, gateway["_network_id"])
    if gateway["state"] == "terminating":
        attachments.close(store, gateway, network)
        records.remove(store, records.TRANSIT_GATEWAYS, gateway)
    elif gateway["state"] == "ready":
        _settle_items(store, gateway, network, at)
    elif gateway["_phase"] == "finish":
        _become_ready(store, gateway, at)
    else:
        before = repr(gateway)
        standing = attachments.look(store, gateway, network)
        _follow(store, gateway, standing, at, changed=repr(gateway) != before)


def _follow(store: Store, gateway: Body, standing: Standing, at: float, changed: bool) -> None:
    deadline = gateway["_waits_since"] + durations.GRACE
    if standing.accepted or gateway["_accepted"]:
        due = at + durations.ATTACHMENT_FINISH
        _change(store, gateway, at, due=due, _phase="finish", state_metadata={})
    elif standing.failed or (not standing.patient and at >= deadline):
        metadata = {"reported_status": "ERROR", "reason": standing.reason}
        _change(store, gateway, at, state="error", state_metadata=metadata, _phase=None)
    else:
        metadata = {} if standing.reason is None else {"reason": standing.reason}
        due = store.clock.now() + durations.LOOK_INTERVAL
        gateway["_due"] = due if standing.patient or deadline <= at else min(due, deadline)
        changed |= (gateway["state"], gateway["state_metadata"]) != (standing.state, metadata)
        gateway["_phase"] = "customer"
        if changed:
            state = {"state": standing.state, "state_metadata": metadata}
            _change(store, gateway, at, due=gateway["_due"], **state)
        else:
            records.save(store, records.TRANSIT_GATEWAYS, gateway)


def _become_ready(store: Store, gateway: Body, at: float) -> None:
    due = None
    if gateway["transit_gateway_attachment_config"].get("resource_config"):
        due = at + durations.RESOURCE_CONFIG_PROVISIONING
    _change(store, gateway, at, state="ready", _phase=None, due=due)


def _settle_items(store: Store, gateway: Body, network: Body, at: float) -> None:
    """Set the states of a resource endpoint's items. Kong looks for missing ones again."""
    items = gateway["transit_gateway_attachment_config"]["resource_config"]
    before = [item["state"] for item in items]
    for item in items:
        if item["state"] in ("initializing", "missing"):
            missing = attachments.is_missing(store, gateway, network, item["resource_config_id"])
            item["state"] = "missing" if missing else "ready"
    after = [item["state"] for item in items]
    due = store.clock.now() + durations.LOOK_INTERVAL if "missing" in after else None
    if after != before:
        _change(store, gateway, at, due=due)
    else:
        gateway["_due"] = due
        records.save(store, records.TRANSIT_GATEWAYS, gateway)


def _change(
    store: Store, gateway: Body, at: float, *, due: float | None = None, **fields: Any
) -> None:
    records.change(store, records.TRANSIT_GATEWAYS, gateway, at=at, due=due, **fields)


def accept(store: Store, gateway: Body, missing: list[str]) -> None:
    """Accept an attachment in place of the customer.

    ``missing`` are the ids of resource configurations that share no zone with the network.
    """
    gateway["_accepted"] = True
    gateway["_missing"] = missing
    if gateway["state"] == "error":
        raise invalid("id", "invalid", "an attachment in error cannot be accepted", source="path")
    if gateway["_phase"] == "customer":
        gateway["_due"] = store.clock.now()
    records.save(store, records.TRANSIT_GATEWAYS, gateway)


# Requests


def _blocks(store: Store, network: Body, blocks: list[str], but: str | None = None) -> None:
    """Raise a 400 for an invalid CIDR block, or one that overlaps the network or an attachment."""
    taken = [("the network's own block", IPv4Network(network["cidr_block"]))]
    for other in records.of_network(store, records.TRANSIT_GATEWAYS, network["id"]):
        if other["id"] != but and other["state"] != "terminating":
            taken += [
                ("cidr blocks from an existing attachment", IPv4Network(block))
                for block in other.get("cidr_blocks", [])
            ]
    for index, text in enumerate(blocks):
        field = f"cidr_blocks.{index}"
        try:
            block = IPv4Network(text)
        except ValueError:
            raise invalid(field, "invalid", f"{text} is not an IPv4 CIDR block") from None
        for whose, other_block in taken:
            if block.overlaps(other_block):
                raise invalid(field, "invalid", f"{text} overlaps with {whose} ({other_block})")


def _refuse_shared(store: Store, network: Body, share_arn: str) -> None:
    """Raise a 400 for a RAM share that another network uses already.

    Kong documents that several networks may use one AWS transit gateway, each through its own
    share. It does not document the 400 on creation; here it is like that of overlapping CIDRs.
    """
    for other in records.every(store, records.TRANSIT_GATEWAYS):
        config = other["transit_gateway_attachment_config"]
        if other["_network_id"] != network["id"] and config.get("ram_share_arn") == share_arn:
            raise invalid(
                "transit_gateway_attachment_config.ram_share_arn",
                "invalid",
                f"resource share {share_arn} is used by network {other['_network_id']}; each "
                "network needs a resource share of its own",
            )


def _find(store: Store, network_id: str, id_: str) -> Body:
    return records.find_of_network(store, records.TRANSIT_GATEWAYS, network_id, id_)


def _pending(config: list[ResourceConfig]) -> list[Body]:
    return [{**item.model_dump(), "state": "initializing"} for item in config]


@router.get(_COLLECTION)
def list_transit_gateways(store: Store, network_id: str, query: QueryParams) -> Body:
    """``list-transit-gateways``."""
    network = records.find(store, records.NETWORKS, network_id)
    tests = filters.read(query.multi_items(), _FILTERS)
    page = paging.numbered(
        query,
        filters.select(records.of_network(store, records.TRANSIT_GATEWAYS, network["id"]), tests),
    )
    return {**page, "data": [records.public(gateway) for gateway in page["data"]]}


@router.post(_COLLECTION, status=201)
def create_transit_gateway(store: Store, network_id: str, raw: bytes) -> Body:
    """``create-transit-gateway``."""
    records.find(store, records.NETWORKS, network_id)
    value = load(raw)
    body = parse_value(CreateTransitGateway, value)
    config = body.transit_gateway_attachment_config
    if config.kind in WITH_CIDRS and "cidr_blocks" not in body.model_fields_set:
        raise invalid("cidr_blocks", "required", "cidr_blocks is required")
    network = ready_network(store, network_id, attachments.provider_of(config.kind), config.kind)
    for other in records.of_network(store, records.TRANSIT_GATEWAYS, network["id"]):
        if other["name"] == body.name and other["state"] != "terminating":
            raise conflict(f"Transit gateway with name '{body.name}' already exists.")
    if isinstance(config, AwsTransitGateway | AwsResourceEndpoint):
        _refuse_shared(store, network, config.ram_share_arn)
    now = store.clock.now()
    due = now + durations.ATTACHMENT_KONG_SIDE[config.kind]
    fields: Body = {
        "name": body.name,
        "dns_config": [mapping.model_dump() for mapping in body.dns_config],
        "transit_gateway_attachment_config": config.model_dump(),
        "state": "initializing",
        "state_metadata": {},
        "_network_id": network["id"],
        "_kind": config.kind,
        "_phase": "kong",
        "_waits_since": due,
        "_accepted": False,
        "_missing": [],
    }
    if isinstance(config, AwsResourceEndpoint):
        pending = _pending(config.resource_config)
        fields["transit_gateway_attachment_config"]["resource_config"] = pending
    if config.kind in WITH_CIDRS:
        _blocks(store, network, body.cidr_blocks)
        fields["cidr_blocks"] = body.cidr_blocks
    return records.public(records.create(store, records.TRANSIT_GATEWAYS, fields, due=due))


@router.get(_COLLECTION + "/{transit_gateway_id}")
def get_transit_gateway(store: Store, network_id: str, transit_gateway_id: str) -> Body:
    """``get-transit-gateway``."""
    return records.public(_find(store, network_id, transit_gateway_id))


@router.patch(_COLLECTION + "/{transit_gateway_id}")
def update_transit_gateway(
    store: Store, network_id: str, transit_gateway_id: str, raw: bytes
) -> Body:
    """``update-transit-gateway``: two kinds can be patched, each with its own body."""
    gateway = records.find_of_network(
        store, records.TRANSIT_GATEWAYS, network_id, transit_gateway_id
    )
    if gateway["_kind"] not in (AWS_TRANSIT_GATEWAY, RESOURCE_ENDPOINT):
        reason = f"a transit gateway of kind {gateway['_kind']} cannot be updated"
        raise Refusal(400, parameters=[parameter("body", "invalid", reason)])
    if gateway["state"] in ("terminating", "error"):
        reason = f"transit gateway is {gateway['state']}"
        raise invalid("transitGatewayId", "invalid", reason, source="path")
    now = store.clock.now()
    if gateway["_kind"] == AWS_TRANSIT_GATEWAY:
        blocks = parse(PatchCidrs, raw).cidr_blocks
        network = records.find(store, records.NETWORKS, gateway["_network_id"])
        _blocks(store, network, blocks, but=gateway["id"])
        fields: dict[str, Any] = {"cidr_blocks": blocks, "due": gateway["_due"]}
        if gateway["state"] == "ready":
            due = now + durations.ATTACHMENT_UPDATE
            fields |= {"state": "initializing", "_phase": "finish", "due": due}
        _change(store, gateway, now, **fields)
        return records.public(gateway)
    wanted = parse(PatchEndpoint, raw).transit_gateway_attachment_config.resource_config
    gateway["transit_gateway_attachment_config"]["resource_config"] = _pending(wanted)
    due = gateway["_due"]
    if gateway["state"] == "ready":
        due = now + durations.RESOURCE_CONFIG_PROVISIONING
    _change(store, gateway, now, due=due)
    return records.public(gateway)


@router.delete(_COLLECTION + "/{transit_gateway_id}")
def delete_transit_gateway(store: Store, network_id: str, transit_gateway_id: str) -> None:
    """``delete-transit-gateway``: 400 in a transitional state.

    Whether waiting for the customer is transitional is not documented. Here it is not, even
    when the state is ``initializing`` (GCP). Otherwise an attachment that the customer never
    accepts could never be deleted.
    """
    gateway = records.find_of_network(
        store, records.TRANSIT_GATEWAYS, network_id, transit_gateway_id
    )
    waits = gateway["state"] == "initializing" and gateway["_phase"] == "customer"
    if gateway["state"] not in STABLE and not waits:
        reason = f"transit gateway is in a transitional state: {gateway['state']}"
        raise invalid("transitGatewayId", "invalid", reason, source="path")
    now = store.clock.now()
    due = now + durations.ATTACHMENT_TEARDOWN
    _change(store, gateway, now, due=due, state="terminating", _phase=None)
