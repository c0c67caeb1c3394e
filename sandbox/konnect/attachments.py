"""Kong's side of the handshake, for each kind of transit gateway.

Kong polls each attachment until the customer has done the other side. ``look`` does what
Kong can do now and returns how the handshake stands; ``close`` undoes Kong's side. The
customer's side is read from the simulated clouds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.clouds.declare import CloudError
from sandbox.handshakes import (
    azure_peering,
    gcp_peering,
    resource_endpoint,
    transit_gateway,
    vpc_peering,
)
from sandbox.store import Body, Store


@dataclass(frozen=True)
class Standing:
    """The status of a handshake.

    ``state`` is the state that the attachment shows while it waits, ``reason`` why it waits.
    A ``patient`` handshake waits without a limit; another ends in ``error`` after
    ``durations.GRACE``. ``failed`` is final.
    """

    accepted: bool = False
    state: str = "initializing"
    reason: str | None = None
    patient: bool = True
    failed: bool = False


ACCEPTED = Standing(accepted=True)

Look = Callable[[Store, Body, Body], Standing]
Close = Callable[[Store, Body, Body], None]


def look(store: Store, gateway: Body, network: Body) -> Standing:
    """Do what Kong can do now; a refusal by the customer's cloud is a final failure."""
    try:
        return HANDSHAKES[gateway["_kind"]].look(store, gateway, network)
    except CloudError as error:
        return Standing(failed=True, reason=str(error))


def close(store: Store, gateway: Body, network: Body) -> None:
    """Undo Kong's side of the handshake."""
    HANDSHAKES[gateway["_kind"]].close(store, gateway, network)


def provider_of(kind: str) -> str:
    """The cloud of a kind of attachment."""
    return HANDSHAKES[kind].provider


def _config(gateway: Body) -> dict[str, Any]:
    config: dict[str, Any] = gateway["transit_gateway_attachment_config"]
    return config


def _aws_transit_gateway(store: Store, gateway: Body, network: Body) -> Standing:
    config = _config(gateway)
    if "attachment_id" not in config:
        problem = transit_gateway.missing(
            store,
            ram_share_arn=config["ram_share_arn"],
            region=network["region"],
            transit_gateway_id=config["transit_gateway_id"],
        )
        if problem is not None:
            return Standing(reason=problem, patient=False)
        config["attachment_id"] = transit_gateway.open_(
            store,
            transit_gateway_id=config["transit_gateway_id"],
            region=network["region"],
            kong_vpc_id=network["provider_metadata"]["vpc_id"],
            kong_subnet_ids=network["provider_metadata"]["subnet_ids"],
            cidr_block=network["cidr_block"],
            name=gateway["name"],
        )
    attachment_id = config["attachment_id"]
    state = transit_gateway.state(store, region=network["region"], attachment_id=attachment_id)
    if state == "available":
        return ACCEPTED
    if state == "pendingAcceptance":
        return Standing(state="pending-acceptance")
    return Standing(failed=True, reason=f"attachment {attachment_id} is {state}")


def _close_aws_transit_gateway(store: Store, gateway: Body, network: Body) -> None:
    attachment_id = _config(gateway).get("attachment_id")
    if attachment_id is not None:
        transit_gateway.close(store, region=network["region"], attachment_id=attachment_id)


def _aws_vpc_peering(store: Store, gateway: Body, network: Body) -> Standing:
    config = _config(gateway)
    peering_id = gateway.get("_peering_id")
    if peering_id is None:
        asked = {
            "peer_vpc_id": config["peer_vpc_id"],
            "peer_account_id": config["peer_account_id"],
            "peer_vpc_region": config["peer_vpc_region"],
            "cidr_block": network["cidr_block"],
        }
        problem = vpc_peering.missing(store, **asked)
        if problem is not None:
            return Standing(reason=problem, patient=False)
        kong_vpc_id = network["provider_metadata"]["vpc_id"]
        peering_id = gateway["_peering_id"] = vpc_peering.open_(
            store, region=network["region"], kong_vpc_id=kong_vpc_id, **asked
        )
    state = vpc_peering.state(store, region=network["region"], peering_id=peering_id)
    if state == "active":  # documented: the id appears only once the request is accepted
        config["peering_connection_id"] = peering_id
        return ACCEPTED
    if state == "pending-acceptance":
        return Standing(state="pending-acceptance")
    return Standing(failed=True, reason=f"peering {peering_id} is {state}")


def _close_aws_vpc_peering(store: Store, gateway: Body, network: Body) -> None:
    if gateway.get("_peering_id") is not None:
        peering_id = gateway["_peering_id"]
        vpc_peering.close(store, region=network["region"], peering_id=peering_id)


def _aws_resource_endpoint(store: Store, gateway: Body, network: Body) -> Standing:
    arn = _config(gateway)["ram_share_arn"]
    problem = resource_endpoint.missing(store, ram_share_arn=arn, region=network["region"])
    return ACCEPTED if problem is None else Standing(reason=problem, patient=False)


def is_missing(store: Store, gateway: Body, network: Body, resource_config_id: str) -> bool:
    """Whether Kong does not reach a resource configuration of a resource endpoint."""
    if gateway["_accepted"]:
        return resource_config_id in gateway["_missing"]
    problem = resource_endpoint.unreachable(
        store,
        ram_share_arn=_config(gateway)["ram_share_arn"],
        region=network["region"],
        resource_config_id=resource_config_id,
        zones=network["availability_zones"],
    )
    return problem is not None


def _azure_place(gateway: Body) -> dict[str, Any]:
    config = _config(gateway)
    place = {name: config[name] for name in ("subscription_id", "resource_group_name")}
    name = "vnet_name" if "vnet_name" in config else "vhub_name"
    return {**place, name: config[name]}


def _azure(store: Store, gateway: Body, network: Body) -> Standing:
    place = _azure_place(gateway)
    problem = azure_peering.missing(store, tenant_id=_config(gateway)["tenant_id"], **place)
    if problem is not None:
        return Standing(state="pending-user-action", reason=problem)
    if gateway.get("_peering_id") is None:
        gateway["_peering_id"] = azure_peering.open_(
            store,
            **place,
            kong_vnet_id=network["provider_metadata"]["vpc_id"],
            cidr_block=network["cidr_block"],
            name=gateway["name"],
        )
    return ACCEPTED


def _close_azure(store: Store, gateway: Body, network: Body) -> None:
    if gateway.get("_peering_id") is not None:
        azure_peering.close(store, gateway["_peering_id"])


def _gcp_place(gateway: Body, network: Body) -> dict[str, str]:
    config = _config(gateway)
    return {
        "peer_project_id": config["peer_project_id"],
        "peer_vpc_name": config["peer_vpc_name"],
        "kong_network": network["provider_metadata"]["vpc_id"],
    }


def _gcp(store: Store, gateway: Body, network: Body) -> Standing:
    place = _gcp_place(gateway, network)
    problem = gcp_peering.missing(store, **place)
    if problem is not None:
        return Standing(reason=problem)
    gcp_peering.open_(store, **place, cidr_block=network["cidr_block"])
    gateway["_active"] = True
    return ACCEPTED


def _close_gcp(store: Store, gateway: Body, network: Body) -> None:
    if gateway.get("_active"):
        gcp_peering.close(store, **_gcp_place(gateway, network))


def _nothing(store: Store, gateway: Body, network: Body) -> None:
    """Nothing to undo: Kong created no object in the simulated clouds."""


@dataclass(frozen=True)
class Handshake:
    """One kind of attachment: its cloud, and how Kong does and undoes its side."""

    provider: str
    look: Look
    close: Close


HANDSHAKES: Mapping[str, Handshake] = {
    "aws-transit-gateway-attachment": Handshake(
        "aws", _aws_transit_gateway, _close_aws_transit_gateway
    ),
    "aws-vpc-peering-attachment": Handshake("aws", _aws_vpc_peering, _close_aws_vpc_peering),
    "aws-resource-endpoint-attachment": Handshake("aws", _aws_resource_endpoint, _nothing),
    "azure-vnet-peering-attachment": Handshake("azure", _azure, _close_azure),
    "azure-vhub-peering-attachment": Handshake("azure", _azure, _close_azure),
    "gcp-vpc-peering-attachment": Handshake("gcp", _gcp, _close_gcp),
}
