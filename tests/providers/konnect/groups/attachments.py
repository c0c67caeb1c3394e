"""What a network and a control plane are connected with: private DNS, custom domains, members."""

from __future__ import annotations

from collections.abc import Callable

from providers.konnect.cloud_gateways import custom_domain, private_dns
from providers.konnect.control_planes import control_plane_membership
from tests.providers.konnect.case import Case
from tests.providers.konnect.example import ENTITY, OTHER, PLANE, Example, Props
from tests.providers.konnect.local_konnect import HOUR, LocalKonnect

GROUP = "CLUSTER_TYPE_CONTROL_PLANE_GROUP"
NETWORK_ID = "36ae63d3-efd1-4bec-b246-62aa5d3f5695"


def resolver(*servers: object, kind: str = "aws-outbound-resolver") -> Props:
    """The config of a resolver of one domain."""
    domain = {"remote_dns_server_ip_addresses": list(servers)}
    return {"kind": kind, "dns_config": {"corp.example": domain}}


AWS_ZONE: Props = {
    "kind": "aws-private-hosted-zone-attachment",
    "hosted_zone_id": "Z0123456789ABCDEFGHIJ",
}
GCP_ZONE: Props = {
    "kind": "gcp-private-hosted-zone-attachment",
    "domain_name": "corp.example",
    "peer_project_id": "orders-prod",
    "peer_vpc_name": "hub",
}
AZURE_ZONE: Props = {
    "kind": "azure-private-hosted-zone-attachment",
    "domain_name": "corp.example",
    "peer_tenant_id": "t",
    "peer_subscription_id": "s",
    "peer_resource_group_id": "g",
    "peer_vnet_link_name": "kong",
}
ZONES = (AWS_ZONE, GCP_ZONE, AZURE_ZONE)
RESOLVERS = tuple(resolver("10.96.0.2", kind=kind) for kind in private_dns.RESOLVERS)


def members(*ids: str) -> list[Props]:
    """Members as they are written."""
    return [{"id": id_} for id_ in ids]


PRIVATE_DNS = Example(
    private_dns.CloudGatewayPrivateDnsProvider,
    private_dns.CloudGatewayPrivateDns,
    full={
        "network_id": NETWORK_ID,
        "name": "orders-dns",
        "private_dns_attachment_config": resolver("10.96.0.2", "10.96.0.3"),
        "adopt_existing_id": f"{NETWORK_ID}/{ENTITY}",
    },
    least={
        "network_id": NETWORK_ID,
        "name": "orders-zone",
        "private_dns_attachment_config": AWS_ZONE,
    },
    replaces={"network_id": OTHER},
    updates={
        "name": "orders-dns-2",
        "private_dns_attachment_config": resolver("10.96.0.4"),
    },
    patched_with=("name", "private_dns_attachment_config"),
)

CUSTOM_DOMAIN = Example(
    custom_domain.CloudGatewayCustomDomainProvider,
    custom_domain.CloudGatewayCustomDomain,
    full={
        "control_plane_id": PLANE,
        "control_plane_geo": "eu",
        "domain": "api.orders.example",
        "kind": "dedicated.v0",
        "adopt_existing_id": ENTITY,
    },
    least={
        "control_plane_id": PLANE,
        "control_plane_geo": "eu",
        "domain": "api.orders.example",
    },
    replaces={
        "control_plane_id": OTHER,
        "control_plane_geo": "us",
        "domain": "shop.orders.example",
        "kind": "serverless.v1",
    },
)

MEMBERSHIP = Example(
    control_plane_membership.GatewayControlPlaneMembershipProvider,
    control_plane_membership.GatewayControlPlaneMembership,
    full={
        "control_plane_group_id": PLANE,
        "members": members(OTHER, ENTITY),
        "adopt_existing_id": PLANE,
    },
    least={"control_plane_group_id": PLANE, "members": members(ENTITY)},
    replaces={"control_plane_group_id": OTHER},
    updates={"members": members(ENTITY)},
)

EXAMPLES: tuple[Example, ...] = (PRIVATE_DNS, CUSTOM_DOMAIN, MEMBERSHIP)


def a_private_dns(konnect: LocalKonnect) -> Case:
    """An outbound resolver."""
    network_id = konnect.network()
    return Case(
        PRIVATE_DNS.provider,
        "private-dns",
        inputs={
            "network_id": network_id,
            "name": "orders-dns",
            "private_dns_attachment_config": resolver("10.96.0.2", "10.96.0.3"),
        },
        change={"private_dns_attachment_config": resolver("10.96.0.2")},
        fixed={"private_dns_attachment_config": AWS_ZONE},
        import_id=f'{{{{"network_id": "{network_id}", "id": "{{id}}"}}}}',
        settles=HOUR,
    )


def a_custom_domain(konnect: LocalKonnect) -> Case:
    """A custom domain whose owner has written the record for its certificate."""
    plane = konnect.plane()
    konnect.acme_record(plane, "api.orders.example")
    return Case(
        CUSTOM_DOMAIN.provider,
        "custom-domains",
        inputs={
            "control_plane_id": plane,
            "control_plane_geo": "us",
            "domain": "api.orders.example",
        },
        change={},
        fixed={"control_plane_id": konnect.plane("other")},
        settles=HOUR,
    )


def a_membership(konnect: LocalKonnect) -> Case:
    """Two control planes in a group, and a third that could join."""
    first, second, third = (konnect.plane(name, cloud_gateway=False) for name in ("a1", "b1", "c1"))
    return Case(
        MEMBERSHIP.provider,
        "group-memberships",
        inputs={
            "control_plane_group_id": konnect.plane("group", cluster_type=GROUP),
            "members": members(first, second),
        },
        change={"members": members(first, second, third)},
        fixed={},
        drift={"members": members(first)},
    )


CASES: dict[str, Callable[[LocalKonnect], Case]] = {
    "CloudGatewayPrivateDns": a_private_dns,
    "CloudGatewayCustomDomain": a_custom_domain,
    "GatewayControlPlaneMembership": a_membership,
}
