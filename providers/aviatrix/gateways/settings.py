"""Settings of a transit gateway, which the controller takes only while the gateway is up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Final

import pulumi
from pydantic import Field

from providers.aviatrix.client import Client
from providers.aviatrix.crud import AviatrixInputs, AviatrixProvider
from providers.aviatrix.errors import RefusedError
from providers.aviatrix.gateways.base import GatewayName
from providers.aviatrix.gateways.listing import gateways
from providers.aviatrix.resource import AviatrixResource
from providers.aviatrix.vocabulary import CloudType, is_yes
from providers.base.http import Json
from providers.base.model import IMMUTABLE, SERVER_DEFAULT, Props


@dataclass(frozen=True)
class _Switch:
    """A setting that is on or off: the two actions, and the field that names the gateway."""

    on: str
    off: str
    field: str = "gateway_name"


_FIRENET: Final = _Switch(
    "enable_gateway_for_transit_firenet", "disable_gateway_for_transit_firenet"
)
_SWITCHES: Final = {
    "bgp_ecmp": _Switch("enable_bgp_ecmp", "disable_bgp_ecmp"),
    "connected_transit": _Switch(
        "enable_connected_transit_on_gateway", "disable_connected_transit_on_gateway"
    ),
    "enable_segmentation": _Switch(
        "enable_transit_gateway_for_multi_cloud_security_domain",
        "disable_transit_gateway_for_multi_cloud_security_domain",
        "transit_gateway_name",
    ),
    "enable_transit_firenet": _FIRENET,
}
_UNCHANGED: Final = ("configuration not changed", "no change needed", "already enabled")
"""Reasons that say that a setting already is as it was asked for."""


class TransitGatewaySettingsInputs(AviatrixInputs):
    """The settings of a transit gateway."""

    gw_name: Annotated[GatewayName, IMMUTABLE]
    cloud_type: Annotated[CloudType, IMMUTABLE]
    local_as_number: Annotated[int | None, SERVER_DEFAULT, Field(ge=1, le=4294967295)] = None
    bgp_ecmp: bool = False
    connected_transit: bool = False
    enable_segmentation: bool = False
    enable_transit_firenet: Annotated[bool | None, SERVER_DEFAULT] = None
    """In AWS. Azure and GCP fix it when the gateway is created."""


class TransitGatewaySettingsProvider(AviatrixProvider[TransitGatewaySettingsInputs]):
    """Reads and writes settings. Every gateway has some, so nothing is created or looked for."""

    Inputs = TransitGatewaySettingsInputs
    noun = "settings of transit gateway"
    natural_key = ("gw_name",)

    def look(self, client: Client, props: Props, *, fresh: bool) -> Json | None:
        item = gateways(client, fresh=fresh).get(props["gw_name"])
        if item is None:
            return None
        number = str(item.get("local_as_number") or "")
        return {
            "gw_name": props["gw_name"],
            "cloud_type": int(item.get("cloud_type") or props["cloud_type"]),
            "local_as_number": int(number) if number else None,
            **{name: is_yes(item.get(name)) for name in _SWITCHES},
        }

    def find(self, client: Client, inputs: TransitGatewaySettingsInputs) -> Json | None:
        return None

    def make(self, client: Client, inputs: TransitGatewaySettingsInputs) -> None:
        wanted = inputs.model_dump(mode="json")
        now = self.look(client, wanted, fresh=True) or {}
        names = ("local_as_number", *_SWITCHES)
        self.edit(client, inputs, [n for n in names if (now.get(n) or None) != (wanted[n] or None)])

    def edit(
        self, client: Client, inputs: TransitGatewaySettingsInputs, changed: Sequence[str]
    ) -> None:
        if "local_as_number" in changed and inputs.local_as_number is not None:
            fields = {"gateway_name": inputs.gw_name, "local_as_num": inputs.local_as_number}
            self._set(client, "edit_transit_local_as_number", inputs.gw_name, fields)
        for name, switch in _SWITCHES.items():
            value = getattr(inputs, name)
            if name in changed and value is not None:
                self._turn(client, switch, inputs.gw_name, on=value)

    def destroy(self, client: Client, props: Props) -> None:
        """Turn FireNet off where it can be: the gateway cannot be deleted with it otherwise."""
        now = self.look(client, props, fresh=True)
        switched = props["cloud_type"] == CloudType.AWS and props.get("enable_transit_firenet")
        if switched and now is not None and now["enable_transit_firenet"]:
            self._turn(client, _FIRENET, props["gw_name"], on=False)

    def _turn(self, client: Client, switch: _Switch, gw_name: str, *, on: bool) -> None:
        self._set(client, switch.on if on else switch.off, gw_name, {switch.field: gw_name})

    def _set(self, client: Client, api_action: str, gw_name: str, fields: Json) -> None:
        doing = f"{api_action.replace('_', ' ')} of transit gateway {gw_name!r}"
        try:
            client.form(api_action, doing, fields)
        except RefusedError as error:
            if not any(text in error.reason for text in _UNCHANGED):
                raise


class TransitGatewaySettings(AviatrixResource, module="aviatrix", name="TransitGatewaySettings"):
    """Settings of a transit gateway. Terraform: arguments of `aviatrix_transit_gateway`.

    ``local_as_number`` is the gateway's BGP number, 1 to 4294967295. ``after`` is a wait until the
    gateway is up. Deleting it turns FireNet off and leaves the other settings. Source: the actions
    `edit_transit_local_as_number`, `enable_bgp_ecmp`, `enable_connected_transit_on_gateway`,
    `enable_gateway_for_transit_firenet`, `enable_transit_gateway_for_multi_cloud_security_domain`,
    and their opposites.
    """

    gw_name: pulumi.Output[str]

    def __init__(
        self,
        resource_name: str,
        *,
        gw_name: pulumi.Input[str],
        cloud_type: pulumi.Input[int],
        local_as_number: pulumi.Input[int] | None = None,
        bgp_ecmp: pulumi.Input[bool] | None = None,
        connected_transit: pulumi.Input[bool] | None = None,
        enable_segmentation: pulumi.Input[bool] | None = None,
        enable_transit_firenet: pulumi.Input[bool] | None = None,
        after: pulumi.Input[str] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__(TransitGatewaySettingsProvider(), resource_name, locals(), opts)
