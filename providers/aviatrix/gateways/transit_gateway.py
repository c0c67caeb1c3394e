"""Transit gateways: the hub of a region, with its HA peer and its settings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Annotated

import pulumi

from providers.aviatrix.gateways.base import GatewayResource
from providers.aviatrix.gateways.ha_gateway import HaGateway
from providers.aviatrix.gateways.listing import Gateway
from providers.aviatrix.gateways.primary import PrimaryInputs, PrimaryProvider
from providers.aviatrix.gateways.settings import TransitGatewaySettings
from providers.aviatrix.vocabulary import CloudType, is_yes
from providers.base.http import Json
from providers.base.model import IMMUTABLE, Props


class TransitGatewayInputs(PrimaryInputs):
    """The inputs of a transit gateway without its HA peer and its settings."""

    enable_transit_firenet: Annotated[bool, IMMUTABLE] = False
    lan_vpc_id: Annotated[str | None, IMMUTABLE] = None
    lan_private_subnet: Annotated[str | None, IMMUTABLE] = None

    def problems(self) -> Iterator[tuple[str, str]]:
        """FireNet is fixed at creation in Azure and GCP, and needs a network of its own in GCP."""
        if self.enable_transit_firenet and self.cloud_type is CloudType.AWS:
            yield "enable_transit_firenet", "is one of the gateway's settings in AWS"
        lan = self.enable_transit_firenet and self.cloud_type is CloudType.GCP
        for name in ("lan_vpc_id", "lan_private_subnet"):
            if lan != (getattr(self, name) is not None):
                yield name, "is required for FireNet in GCP, and only there"


class TransitGatewayProvider(PrimaryProvider):
    """CRUD of a transit gateway without its HA peer and its settings."""

    Inputs = TransitGatewayInputs
    noun = "transit gateway"
    more = {"transit": True, "connected_transit": "no", "enable_hybrid_connection": False}

    def fields(self, inputs: PrimaryInputs) -> Json:
        assert isinstance(inputs, TransitGatewayInputs)
        return {
            **super().fields(inputs),
            "firenet": True if inputs.enable_transit_firenet else None,
            "lan_vpc": inputs.lan_vpc_id,
            "lan_subnet": inputs.lan_private_subnet,
        }

    def read_inputs(self, item: Json, props: Props) -> Json:
        inputs = super().read_inputs(item, props)
        elsewhere = inputs["cloud_type"] != CloudType.AWS
        return {
            **inputs,
            "enable_transit_firenet": elsewhere and is_yes(item.get("enable_transit_firenet")),
            "lan_vpc_id": props.get("lan_vpc_id"),
            "lan_private_subnet": props.get("lan_private_subnet"),
        }


class TransitGateway(GatewayResource, module="aviatrix", name="TransitGateway"):
    """A transit gateway with its HA peer and its settings. Terraform: `aviatrix_transit_gateway`.

    ``cloud_type`` is 1 (AWS), 4 (GCP) or 8 (Azure). ``vpc_id``: AWS the id of the VPC, Azure
    ``<vnet>:<resource group>:<resource GUID>``, GCP ``<network>~-~<project>``. ``vpc_reg`` is the
    region, in GCP the zone. ``subnet`` is the block of the subnet; ``zone`` is ``az-1`` and so on
    in Azure. With ``ha_subnet`` there is an HA peer, of ``ha_gw_size`` (default: ``gw_size``), in
    ``ha_zone`` (GCP: required). ``tags`` are written at creation only.

    The gateway is created first and takes minutes. The HA peer and the settings are resources of
    their own, because the controller takes them only when the gateway is up: ``<name>-ha`` and
    ``<name>-settings``. ``settings`` is the last: what needs the whole gateway depends on it.
    Switching FireNet is in place in AWS, and a replacement in Azure and GCP. In AWS,
    ``enable_transit_firenet`` None leaves it as it is; False needs a FireNet without policies and
    firewalls.
    Source: the actions `create_multicloud_primary_gateway`, `list_vpcs_summary`, `edit_gw_config`,
    `delete_container`.
    """

    gw_name: pulumi.Output[str]
    vpc_id: pulumi.Output[str]
    ha: HaGateway | None
    """The HA peer, if there is one."""
    settings: TransitGatewaySettings

    def __init__(
        self,
        resource_name: str,
        *,
        account_name: pulumi.Input[str],
        cloud_type: int,
        gw_name: pulumi.Input[str],
        vpc_id: pulumi.Input[str],
        vpc_reg: pulumi.Input[str],
        gw_size: pulumi.Input[str],
        subnet: pulumi.Input[str],
        zone: pulumi.Input[str] | None = None,
        insane_mode: pulumi.Input[bool] | None = None,
        tags: pulumi.Input[Mapping[str, pulumi.Input[str]]] | None = None,
        ha_subnet: pulumi.Input[str] | None = None,
        ha_zone: pulumi.Input[str] | None = None,
        ha_gw_size: pulumi.Input[str] | None = None,
        local_as_number: pulumi.Input[int] | None = None,
        bgp_ecmp: pulumi.Input[bool] | None = None,
        connected_transit: pulumi.Input[bool] | None = None,
        enable_segmentation: pulumi.Input[bool] | None = None,
        enable_transit_firenet: bool | None = None,
        lan_vpc_id: pulumi.Input[str] | None = None,
        lan_private_subnet: pulumi.Input[str] | None = None,
        adopt_existing_id: pulumi.Input[str] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        aws = cloud_type == CloudType.AWS
        inputs = {**locals(), "enable_transit_firenet": bool(enable_transit_firenet) and not aws}
        super().__init__(TransitGatewayProvider(), resource_name, inputs, opts)
        below = pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=[self]))
        self.ha = None
        if ha_subnet is not None:
            self.ha = HaGateway(
                f"{resource_name}-ha",
                primary_gw_name=self.gw_name,
                cloud_type=cloud_type,
                gw_size=gw_size if ha_gw_size is None else ha_gw_size,
                subnet=ha_subnet,
                zone=ha_zone,
                insane_mode=insane_mode,
                after=self.primary_ready.apply(lambda up: up.vpc_name),
                opts=below,
            )
            below = pulumi.ResourceOptions.merge(
                below, pulumi.ResourceOptions(depends_on=[self.ha])
            )
        last = self.primary_ready if self.ha is None else self.ha.ready
        self.settings = TransitGatewaySettings(
            f"{resource_name}-settings",
            gw_name=self.gw_name,
            cloud_type=cloud_type,
            local_as_number=local_as_number,
            bgp_ecmp=bgp_ecmp,
            connected_transit=connected_transit,
            enable_segmentation=enable_segmentation,
            enable_transit_firenet=enable_transit_firenet if aws else None,
            after=last.apply(lambda up: up.vpc_name),
            opts=below,
        )

    @cached_property
    def primary_ready(self) -> pulumi.Output[Gateway]:
        """The first gateway once it is up. Raises FailedStateError or DeadlineError."""
        return self.until_up(self.gw_name)

    @cached_property
    def ready(self) -> pulumi.Output[Gateway]:
        """The first gateway once the HA peer is up too and the settings are written."""
        return pulumi.Output.all(self.primary_ready, self.settings.id).apply(lambda found: found[0])

    @property
    def public_ips(self) -> list[pulumi.Output[str]]:
        """The public addresses of the gateway and its HA peer, once they are up."""
        found = [self.primary_ready, *([] if self.ha is None else [self.ha.ready])]
        return [gateway.apply(lambda up: up.public_ip) for gateway in found]
