"""Networks: Kong's VPC (AWS), VNet (Azure) or VPC network (GCP) in one region.

A network has no ``error`` state. After a failure it stays ``initializing``, with the reason in
``state_metadata``. Whether attachments block its deletion is not documented. Here they do,
because each attachment has a side in the customer's cloud.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from typing import Annotated, Literal

from pydantic import Field
from starlette.datastructures import QueryParams

from sandbox.accounts import KONG_AZURE_SUBSCRIPTION
from sandbox.http import filters
from sandbox.http.bodies import Closed, Uuid, parse
from sandbox.http.problems import Parameter, Refusal, conflict, invalid, parameter
from sandbox.http.routing import Router
from sandbox.konnect import access, availability, durations, groups, paging, quotas, records
from sandbox.konnect.access import Caller
from sandbox.konnect.provider_accounts import provider_of
from sandbox.store import Body, Store

STATES = ("created", "initializing", "offline", "ready", "terminating", "terminated")
USABLE = frozenset({"created", "initializing", "offline", "ready"})

Name = Annotated[str, Field(min_length=1, max_length=120)]


class CreateNetwork(Closed):
    """Body of ``create-network``."""

    name: Name
    cloud_gateway_provider_account_id: Uuid
    region: str
    availability_zones: list[str]
    cidr_block: str
    state: Literal["initializing", "offline"] = "initializing"


class PatchNetwork(Closed):
    """Body of ``update-network``: only the name can be updated."""

    name: Name = "-"


router = Router()


def step(store: Store, network: Body, at: float) -> None:
    """Make an ``initializing`` network ``ready``, or finish a deletion."""
    if network["state"] == "terminating":
        records.remove(store, records.NETWORKS, network)
        return
    records.change(
        store,
        records.NETWORKS,
        network,
        at=at,
        state="ready",
        provider_metadata=_provider_metadata(network),
    )
    groups.network_ready(store, network["id"], at)


def _hex(seed: str) -> str:
    return hashlib.sha256(seed.encode()).hexdigest()[:17]


def _provider_metadata(network: Body) -> Body:
    """The ids of Kong's side. In GCP they are names; ``vpc_id`` is the network to peer with."""
    id_, provider, region = network["id"], network["_provider"], network["region"]
    count = len(network["availability_zones"])
    if provider == "aws":
        subnets = [f"subnet-{_hex(f'{id_}/{n}')}" for n in range(count)]
        return {"vpc_id": f"vpc-{_hex(id_)}", "subnet_ids": subnets}
    name = f"kong-{region}-{_hex(id_)[:8]}"
    if provider == "gcp":
        return {"vpc_id": name, "subnet_ids": [f"{name}-{n}" for n in range(count)]}
    group = f"/subscriptions/{KONG_AZURE_SUBSCRIPTION}/resourceGroups/{name}"
    vnet = f"{group}/providers/Microsoft.Network/virtualNetworks/{name}"
    return {"vpc_id": vnet, "subnet_ids": [f"{vnet}/subnets/{name}-{n}" for n in range(count)]}


def start(store: Store, network: Body) -> None:
    """Provision an ``offline`` network, because a configuration refers to it."""
    due = store.clock.now() + durations.NETWORK_PROVISIONING
    records.change(store, records.NETWORKS, network, state="initializing", due=due)


def ready_network(store: Store, network_id: str, provider: str, kind: str) -> Body:
    """The network for a new attachment; 404 when unknown, 400 when not ready or in another cloud.

    The 400 for a network that is not ready is not documented. It is inferred from the
    Terraform provider, which repeats exactly these calls on a 400.
    """
    network = records.find(store, records.NETWORKS, network_id)
    if network["state"] != "ready":
        reason = f"network must be ready, it is {network['state']}"
        raise invalid("networkId", "invalid", reason, source="path")
    if network["_provider"] != provider:
        where = f"{kind} cannot be attached to a network in {network['_provider']}"
        raise invalid(_kind_field(kind), "invalid", where)
    return network


def _kind_field(kind: str) -> str:
    private_dns = kind.endswith(("hosted-zone-attachment", "resolver"))
    return f"{'private_dns' if private_dns else 'transit_gateway'}_attachment_config.kind"


def _problems(store: Store, body: CreateNetwork) -> list[Parameter]:
    provider = provider_of(store, body.cloud_gateway_provider_account_id)
    if provider is None:
        field = "cloud_gateway_provider_account_id"
        return [parameter(field, "missing_reference", f"{field} does not exist")]
    if body.region not in availability.zones()[provider]:
        reason = f"region {body.region} is not supported for provider {provider}"
        return [parameter("region", "is_supported_provider_region", reason)]
    found: list[Parameter] = []
    zones = body.availability_zones
    for field, rule, problem in (
        (
            "availability_zones",
            "is_supported_network_availability_zone_list",
            availability.zone_problem(provider, body.region, zones),
        ),
        (
            "cidr_block",
            "is_supported_network_cidr_block",
            availability.cidr_problem(provider, body.cidr_block, len(zones)),
        ),
    ):
        if problem is not None:
            found.append(parameter(field, rule, f"{field}: {problem}"))
    return found


def _refuse_taken_name(store: Store, name: str, but: str | None = None) -> None:
    """Raise a 409 when a network that is not being deleted has this name."""
    for other in records.every(store, records.NETWORKS):
        if other["name"] == name and other["id"] != but and other["state"] in USABLE:
            raise conflict(f"Network with name '{name}' already exists.")


def shown(store: Store, networks: list[Body]) -> list[Body]:
    """Networks with their two counters, which are computed and not stored."""
    attachments = Counter(
        gateway["_network_id"] for gateway in records.every(store, records.TRANSIT_GATEWAYS)
    )
    references = Counter(
        network_id
        for configuration in records.every(store, records.CONFIGURATIONS)
        if configuration["_current"]
        for network_id in groups.networks_of(store, configuration)
    )
    return [
        {
            **records.public(network),
            "transit_gateway_count": attachments[network["id"]],
            "configuration_reference_count": references[network["id"]],
        }
        for network in networks
    ]


@router.get("/cloud-gateways/networks")
def list_networks(store: Store, query: QueryParams, caller: Caller) -> Body:
    """``list-networks``: the networks that the caller may read."""
    fields = {"name": filters.TEXT, "state": filters.choice(*STATES, bare=False)}
    tests = filters.read(query.multi_items(), fields)
    found = filters.select(records.every(store, records.NETWORKS), tests)
    found = [n for n in found if caller.holds(access.NETWORK_READERS, access.NETWORKS, n["id"])]
    page = paging.numbered(query, found)
    return {**page, "data": shown(store, page["data"])}


@router.post("/cloud-gateways/networks", status=201)
def create_network(store: Store, raw: bytes) -> Body:
    """``create-network``."""
    body = parse(CreateNetwork, raw)
    if problems := _problems(store, body):
        raise Refusal(400, parameters=problems)
    _refuse_taken_name(store, body.name)
    due = None
    if body.state == "initializing":
        quotas.refuse_beyond(store, quotas.NETWORKS, adding=1)
        due = store.clock.now() + durations.NETWORK_PROVISIONING
    provider = provider_of(store, body.cloud_gateway_provider_account_id)
    network = records.create(
        store,
        records.NETWORKS,
        {
            "name": body.name,
            "cloud_gateway_provider_account_id": body.cloud_gateway_provider_account_id,
            "region": body.region,
            "availability_zones": body.availability_zones,
            "cidr_block": body.cidr_block,
            "default": False,
            "state": body.state,
            "provider_metadata": {},
            "_provider": provider,
            "_egress": groups.egress_addresses(store, len(body.availability_zones)),
        },
        due=due,
    )
    return shown(store, [network])[0]


@router.get("/cloud-gateways/networks/{network_id}")
def get_network(store: Store, network_id: str) -> Body:
    """``get-network``."""
    return shown(store, [records.find(store, records.NETWORKS, network_id)])[0]


@router.patch("/cloud-gateways/networks/{network_id}")
def update_network(store: Store, network_id: str, raw: bytes) -> Body:
    """``update-network``."""
    network = records.find(store, records.NETWORKS, network_id)
    body = parse(PatchNetwork, raw)
    if network["state"] not in USABLE:
        raise invalid("networkId", "invalid", "network is terminating", source="path")
    if "name" in body.model_fields_set and body.name != network["name"]:
        _refuse_taken_name(store, body.name, but=network["id"])
        records.change(store, records.NETWORKS, network, name=body.name, due=network["_due"])
    return shown(store, [network])[0]


@router.delete("/cloud-gateways/networks/{network_id}")
def delete_network(store: Store, network_id: str) -> None:
    """``delete-network``: 400 while a configuration or an attachment refers to it."""
    network = records.find(store, records.NETWORKS, network_id)
    now = shown(store, [network])[0]
    names = [d for d in records.every(store, records.PRIVATE_DNS) if d["_network_id"] == now["id"]]
    for count, noun in (
        (now["configuration_reference_count"], "configuration(s)"),
        (now["transit_gateway_count"], "transit gateway(s)"),
        (len(names), "private DNS attachment(s)"),
    ):
        if count:
            reason = f"network is still referenced by {count} {noun}"
            raise invalid("networkId", "invalid", reason, source="path")
    if network["state"] == "terminating":
        raise invalid("networkId", "invalid", "network is already terminating", source="path")
    due = store.clock.now() + durations.NETWORK_TEARDOWN
    records.change(store, records.NETWORKS, network, state="terminating", due=due)


@router.get("/cloud-gateways/networks/{network_id}/configuration-references")
def list_network_configurations(store: Store, network_id: str, query: QueryParams) -> Body:
    """``list-network-configurations``: the current configurations that use the network."""
    network = records.find(store, records.NETWORKS, network_id)
    using = [
        configuration
        for configuration in records.every(store, records.CONFIGURATIONS)
        if configuration["_current"] and network["id"] in groups.networks_of(store, configuration)
    ]
    page = paging.numbered(query, using)
    return {**page, "data": [groups.manifest(store, item) for item in page["data"]]}
