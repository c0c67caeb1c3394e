"""Spoke gateways: the gateway of a network that attaches to a transit gateway."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

import pulumi

from providers.aviatrix.gateways.base import GatewayResource
from providers.aviatrix.gateways.ha_gateway import HaGateway
from providers.aviatrix.gateways.listing import Gateway
from providers.aviatrix.gateways.primary import PrimaryInputs, PrimaryProvider


class SpokeGatewayInputs(PrimaryInputs):
    """The inputs of a spoke gateway without its HA peer."""


class SpokeGatewayProvider(PrimaryProvider):
    """CRUD of a spoke gateway without its HA peer."""

    Inputs = SpokeGatewayInputs
    noun = "spoke gateway"
    more = {"enable_nat": "no", "enable_bgp": "no"}


class SpokeGateway(GatewayResource, module="aviatrix", name="SpokeGateway"):
    """A spoke gateway with its HA peer. Terraform: `aviatrix_spoke_gateway`.

    The arguments are those of `TransitGateway`. Source: the actions
    `create_multicloud_primary_gateway`, `list_vpcs_summary`, `edit_gw_config`, `delete_container`.
    """

    gw_name: pulumi.Output[str]
    vpc_id: pulumi.Output[str]
    ha: HaGateway | None
    """The HA peer, if there is one."""

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
        adopt_existing_id: pulumi.Input[str] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__(SpokeGatewayProvider(), resource_name, locals(), opts)
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
                opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=[self])),
            )

    @cached_property
    def primary_ready(self) -> pulumi.Output[Gateway]:
        """The first gateway once it is up. Raises FailedStateError or DeadlineError."""
        return self.until_up(self.gw_name)

    @cached_property
    def ready(self) -> pulumi.Output[Gateway]:
        """The first gateway once the HA peer is up too."""
        last = self.primary_ready if self.ha is None else self.ha.ready
        return pulumi.Output.all(self.primary_ready, last).apply(lambda found: found[0])
