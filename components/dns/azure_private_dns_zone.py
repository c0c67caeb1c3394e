"""Private DNS by an Azure private DNS zone, to which Kong links its VNet.

Kong creates the link itself, under a name that no other link of the zone may have, so no
`VirtualNetworkLink` of Kong's VNet is declared here. For that Kong needs a role on the zone. Its
application needs consent once per tenant, as for a peering. Konnect wants a ready link of the
region first. Kong's wizard prints the role's actions; its pages do not list them.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import pulumi
from pulumi_azure_native import authorization, privatedns

from components.dns.base import PrivateDnsComponent, linked_network_id
from components.dns.kinds import DnsRecord, PrivateZone
from components.links.azure_grant import AzureGrant
from components.links.azure_role import AzureRole, give_role
from components.links.base import GatewayEnd, Link
from components.names import bounded_name
from components.networks.attributes import AzureVnetAttributes
from providers import konnect

LINK_ACTIONS: Final = (
    "Microsoft.Network/privateDnsZones/read",
    "Microsoft.Network/privateDnsZones/virtualNetworkLinks/read",
    "Microsoft.Network/privateDnsZones/virtualNetworkLinks/write",
    "Microsoft.Network/privateDnsZones/virtualNetworkLinks/delete",
)
"""Actions of the role with which Kong links its VNet to a zone."""

_LINK_NAME_MAX: Final = 80
_IDS: Final = uuid.uuid5(uuid.NAMESPACE_URL, "urn:multicloudgateway:azure-private-dns-zone")


@dataclass(frozen=True)
class AzurePrivateDnsZoneArgs:
    """A private DNS zone that the gateway of a region resolves."""

    gateway: GatewayEnd
    vnet: AzureVnetAttributes
    """The customer's VNet. A zone that is created here is linked to it, in its resource group."""
    zone: PrivateZone
    links: Sequence[Link] = ()
    """The links of the region."""
    grant: AzureGrant = field(default_factory=AzureGrant)
    tags: Mapping[str, str] = field(default_factory=dict)
    """Tags of a zone that is created here, and of its link."""
    protect: bool = False
    """Whether Pulumi refuses to delete a zone that is created here."""


@dataclass(frozen=True)
class _Place:
    """Where a zone is."""

    zone_id: pulumi.Input[str]
    subscription_id: pulumi.Input[str]
    resource_group_name: pulumi.Input[str]
    resource_group_id: pulumi.Input[str]


class AzurePrivateDnsZone(PrivateDnsComponent):
    """The zone with its records unless it exists, Kong's role, and Konnect's attachment."""

    def __init__(
        self,
        name: str,
        args: AzurePrivateDnsZoneArgs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("AzurePrivateDnsZone", name, args, args.gateway, opts)
        customer_side: list[pulumi.Resource] = []
        domain: pulumi.Input[str] = args.zone.domain
        if args.zone.zone_id is None:
            zone = self._create_zone(args)
            customer_side.append(zone)
            # Not the text: the attachment is deleted before its zone when the zone is replaced.
            domain = zone.name
            place = _Place(
                zone.id,
                pulumi.Output.from_input(args.vnet.vnet_id).apply(lambda id_: id_.split("/")[2]),
                args.vnet.resource_group_name,
                args.vnet.resource_group_id,
            )
        else:
            place = _existing(args.zone.zone_id)
        customer_side += self._grant(args, place)
        caller = authorization.get_client_config_output(
            opts=pulumi.InvokeOutputOptions(parent=self)
        )
        self.attach(
            {
                "kind": "azure-private-hosted-zone-attachment",
                "domain_name": domain,
                "peer_tenant_id": caller.tenant_id,
                "peer_subscription_id": place.subscription_id,
                "peer_resource_group_id": place.resource_group_name,
                "peer_vnet_link_name": bounded_name(name, args.gateway.shape, _LINK_NAME_MAX),
            },
            linked_network_id(args.gateway, args.links),
            customer_side,
        )

    def _create_zone(self, args: AzurePrivateDnsZoneArgs) -> privatedns.PrivateZone:
        """Create the zone, its link to the customer's VNet, and its records."""
        zone = privatedns.PrivateZone(
            f"{self.name}-zone",
            resource_group_name=args.vnet.resource_group_name,
            private_zone_name=args.zone.domain,
            location="global",
            tags=args.tags,
            opts=self.child(protect=args.protect or None),
        )
        privatedns.VirtualNetworkLink(
            f"{self.name}-vnet",
            resource_group_name=args.vnet.resource_group_name,
            private_zone_name=zone.name,
            virtual_network_link_name=bounded_name(self.name, "vnet", _LINK_NAME_MAX),
            virtual_network={"id": args.vnet.vnet_id},
            registration_enabled=False,
            location="global",
            tags=args.tags,
            opts=self.child(),
        )
        for key, record in args.zone.records.items():
            privatedns.PrivateRecordSet(
                f"{self.name}-record-{key}",
                resource_group_name=args.vnet.resource_group_name,
                private_zone_name=zone.name,
                relative_record_set_name=key,
                record_type=record.type,
                ttl=record.ttl,
                a_records=_a_records(record),
                cname_record=_cname_record(record),
                opts=self.child(),
            )
        return zone

    def _grant(
        self, args: AzurePrivateDnsZoneArgs, place: _Place
    ) -> list[authorization.RoleAssignment]:
        """Let Kong link its VNet to the zone. Empty if its owner does that."""
        if args.grant.principal_id is None or not args.zone.authorize:
            return []
        role = AzureRole(
            scope=place.zone_id,
            group_id=place.resource_group_id,
            subscription_id=place.subscription_id,
            title="Kong Cloud Gateway DNS Link Creator",
            description="Lets Kong link its gateway network to this private DNS zone",
            actions=LINK_ACTIONS,
            ids=_IDS,
        )
        return give_role(self, role, args.grant.principal_id)


def _existing(zone_id: str) -> _Place:
    """Where an existing zone is, by its resource id. Azure has no public zone of this type.

    Raises ProviderError for an id that is not a private DNS zone's.
    """
    parts = zone_id.split("/")
    if len(parts) != 9 or parts[7].lower() != "privatednszones":
        raise konnect.ProviderError(
            f"zone_id {zone_id} is not the resource id of a private DNS zone: write the id that "
            "`az network private-dns zone show` prints"
        )
    return _Place(zone_id, parts[2], parts[4], "/".join(parts[:5]))


def _a_records(record: DnsRecord) -> list[privatedns.ARecordArgs] | None:
    if record.type != "A":
        return None
    return [privatedns.ARecordArgs(ipv4_address=value) for value in record.values]


def _cname_record(record: DnsRecord) -> privatedns.CnameRecordArgs | None:
    return privatedns.CnameRecordArgs(cname=record.values[0]) if record.type == "CNAME" else None
