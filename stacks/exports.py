"""Makes the contract of an environment from its gateway component.

It is separate from the contract's model, because this module imports the component.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pulumi

from components.domains.base import Record
from components.entry.clients import Clients
from components.fabric.fabric import TransitFabric
from components.gateway import MultiCloudGateway, PlaneOfGateway, RegionOfGateway
from components.links.base import Link
from components.load_balancers.base import LoadBalancer
from components.regions import Geo
from stacks.contract import (
    ContractAttachment,
    ContractControlPlane,
    ContractDomain,
    ContractFabric,
    ContractFabricHub,
    ContractFabricLink,
    ContractFabricSpoke,
    ContractLanding,
    ContractLoadBalancer,
    ContractOwner,
    ContractRecord,
    ContractRegion,
    GatewayContract,
)


def exports(
    gateway: MultiCloudGateway, environment: str | None = None, geo: Geo | None = None
) -> dict[str, Any]:
    """The stack outputs of a gateway, by name. The arguments are those of ``contract``."""
    return contract(gateway, environment, geo).exports()


def contract(
    gateway: MultiCloudGateway, environment: str | None = None, geo: Geo | None = None
) -> GatewayContract:
    """The contract of a gateway, with its environment's class and its provider's geo.

    Raises pydantic's ValidationError if a known value is invalid. Values that are not known yet
    are checked once they are known; then an invalid one raises ContractError.
    """
    return GatewayContract(
        contract=GatewayContract.VERSION,
        owner=ContractOwner(project=pulumi.get_project(), stack=pulumi.get_stack()),
        environment=environment,
        geo=geo,
        version=gateway.args.version,
        control_planes={
            key: _control_plane(plane, gateway.clients)
            for key, plane in gateway.control_planes.items()
        },
        regions={key: _region(key, region, gateway) for key, region in gateway.regions.items()},
        domains={
            name: ContractDomain(
                control_planes=domain.control_planes,
                state=domain.ready.apply(lambda ready: ready.state),
            )
            for name, domain in gateway.clients.domains.items()
        },
        records={one.key: _record(one) for one in gateway.clients.records},
        name_servers=gateway.clients.name_servers,
        fabric=None if gateway.fabric is None else _fabric(gateway.fabric),
    )


def _fabric(fabric: TransitFabric) -> ContractFabric:
    plan, parts = fabric.plan, fabric.parts
    return ContractFabric(
        driver=plan.driver.value,
        hubs={
            key: ContractFabricHub(id=hub.id, vpn_addresses=_listed(hub.vpn_addresses))
            for key, hub in parts.hubs.items()
        },
        links={
            key: ContractFabricLink(
                kind=link.kind.value,
                near=link.plan.near,
                far=link.plan.far,
                near_addresses=_listed(link.near_addresses),
                far_addresses=_listed(link.far_addresses),
            )
            for key, link in parts.links.items()
        },
        spokes={
            name: ContractFabricSpoke(
                hub=plan.spokes[name].hub,
                segment=plan.spokes[name].segment,
                cidr=str(plan.spokes[name].cidr),
                network_id=spoke.network_id,
                subnet_ids=dict(spoke.subnet_ids),
            )
            for name, spoke in parts.spokes.items()
        },
    )


def _listed(values: Sequence[pulumi.Output[str]]) -> pulumi.Output[list[str]]:
    """The values, once all are known."""
    return pulumi.Output.all(*values).apply(list)


def _record(record: Record) -> ContractRecord:
    values = pulumi.Output.from_input(record.values).apply(list)
    name = pulumi.Output.from_input(record.name)
    return ContractRecord(name=name, type=record.type, ttl=record.ttl, values=values)


def _control_plane(plane: PlaneOfGateway, clients: Clients) -> ContractControlPlane:
    return ContractControlPlane(
        id=plane.control_plane.id,
        name=plane.control_plane.name,
        endpoint=plane.control_plane.control_plane_endpoint,
        telemetry_endpoint=plane.control_plane.telemetry_endpoint,
        cache=plane.cache_kind,
        counters=plane.counters,
        cache_partial_id=plane.cache_partial_id,
        domains=[
            name for name, domain in clients.domains.items() if plane.key in domain.control_planes
        ],
        consumer_groups=dict(plane.governance.consumer_group_ids),
    )


def _region(key: str, region: RegionOfGateway, gateway: MultiCloudGateway) -> ContractRegion:
    attachments = {key: _attachment(link) for key, link in region.customer.links.items()}
    return ContractRegion(
        cloud=region.args.cloud,
        region=region.args.region,
        control_plane=region.control_plane.key,
        network_id=region.network.id,
        cidr=str(region.args.cidr),
        landing=ContractLanding(
            name=region.customer.network_name,
            cidr=str(region.args.customer_cidr),
            id=region.customer.network_id,
            hub_id=region.customer.hub_id,
            subnet_ids=dict(region.customer.subnet_ids),
            security_group_id=region.security_group_id,
            account=region.customer.account,
        ),
        hostnames=region.hostnames,
        private_ip_addresses=region.private_ip_addresses,
        egress_ip_addresses=region.egress_ip_addresses,
        attachments=attachments,
        attachment=next(iter(attachments.values())),
        names=gateway.clients.names_of(key),
        load_balancer=_load_balancer(gateway.load_balancers.get(key)),
    )


def _load_balancer(found: LoadBalancer | None) -> ContractLoadBalancer | None:
    if found is None:
        return None
    return ContractLoadBalancer(name=found.target.name, addresses=found.target.addresses)


def _attachment(link: Link) -> ContractAttachment:
    return ContractAttachment(
        id=link.attachment_id,
        state=link.attachment.apply(lambda ready: ready.state),
        kind=link.kind.value,
        security_group_id=link.security_group_id,
        domains=list(link.domains),
    )
