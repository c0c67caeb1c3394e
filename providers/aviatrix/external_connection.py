"""External connections: tunnels from a transit gateway to a router that is none of Aviatrix's."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Annotated, Final

import pulumi
from pydantic import Field

from providers.aviatrix.client import Client
from providers.aviatrix.crud import AviatrixInputs, AviatrixProvider, listed
from providers.aviatrix.errors import MissingError
from providers.aviatrix.gateways.base import GatewayName
from providers.aviatrix.resource import AviatrixResource
from providers.aviatrix.vocabulary import comma_list, is_yes
from providers.base.http import Answer, Json
from providers.base.model import IMMUTABLE, WRITE_ONLY, Props, SetOf

Asn = Annotated[int, Field(ge=1, le=4294967295)]

_SENT_AS: Final = {
    "gw_name": "transit_gw",
    "bgp_local_as_num": "bgp_local_as_number",
    "bgp_remote_as_num": "external_device_as_number",
    "remote_gateway_ip": "external_device_ip_address",
    "local_tunnel_cidr": "local_tunnel_ip",
    "remote_tunnel_cidr": "remote_tunnel_ip",
}
_RETURNED_AS: Final = {
    "gw_name": "gw_name",
    "bgp_local_as_num": "bgp_local_asn_number",
    "bgp_remote_as_num": "bgp_remote_asn_number",
    "remote_gateway_ip": "peer_ip",
    "local_tunnel_cidr": "bgp_local_ip",
    "remote_tunnel_cidr": "bgp_remote_ip",
}


class TransitExternalDeviceConnInputs(AviatrixInputs):
    """The inputs of a connection by IPsec with BGP."""

    vpc_id: Annotated[str, IMMUTABLE, Field(min_length=1)]
    connection_name: Annotated[str, IMMUTABLE, Field(min_length=1)]
    gw_name: Annotated[GatewayName, IMMUTABLE]
    bgp_local_as_num: Annotated[Asn, IMMUTABLE]
    bgp_remote_as_num: Annotated[Asn, IMMUTABLE]
    remote_gateway_ip: Annotated[str, IMMUTABLE, Field(min_length=1)]
    local_tunnel_cidr: Annotated[str, IMMUTABLE]
    remote_tunnel_cidr: Annotated[str, IMMUTABLE]
    pre_shared_key: Annotated[str, IMMUTABLE, WRITE_ONLY]
    manual_bgp_advertised_cidrs: SetOf[str] = []

    def problems(self) -> Iterator[tuple[str, str]]:
        """Each tunnel has an inside block at both ends."""
        tunnels = len(comma_list(self.local_tunnel_cidr))
        if len(comma_list(self.remote_tunnel_cidr)) != tunnels:
            yield "remote_tunnel_cidr", f"has another number of blocks than the {tunnels} locally"


class TransitExternalDeviceConnProvider(AviatrixProvider[TransitExternalDeviceConnInputs]):
    """CRUD of a connection."""

    Inputs = TransitExternalDeviceConnInputs
    noun = "external device connection"
    natural_key = ("connection_name", "vpc_id")
    marked_by = ("connection_name", "gw_name")
    delete_first = True

    def look(self, client: Client, props: Props, *, fresh: bool) -> Json | None:
        doing = f"reading {self.label(props)}"
        fields = {"conn_name": props["connection_name"], "vpc_id": props["vpc_id"]}
        try:
            found = listed(client, "get_site2cloud_conn_detail", doing, fresh=fresh, **fields)
        except MissingError:
            return None
        item = (found or {}).get("connections") or {}
        if not item.get("name"):
            return None
        read: Json = {
            name: _text(item.get(key)) or props.get(name) for name, key in _RETURNED_AS.items()
        }
        for name in ("bgp_local_as_num", "bgp_remote_as_num"):
            read[name] = int(read[name]) if is_yes(item.get("bgp_status")) else None
        return Answer(
            {
                **read,
                **{name: props[name] for name in self.natural_key},
                "manual_bgp_advertised_cidrs": item.get("conn_bgp_manual_advertise_cidrs") or [],
            }
        )

    def make(self, client: Client, inputs: TransitExternalDeviceConnInputs) -> None:
        written = inputs.body("manual_bgp_advertised_cidrs")
        fields = {
            **{_SENT_AS.get(name, name): value for name, value in written.items()},
            "routing_protocol": "bgp",
            "tunnel_protocol": "IPsec",
            "auth_type": "psk",
            "enable_ikev2": True,
        }
        doing = f"creating {self.inputs_label(inputs)}"
        client.when_up(lambda: client.form("connect_transit_gw_to_external_device", doing, fields))
        if inputs.manual_bgp_advertised_cidrs:
            self.edit(client, inputs, ["manual_bgp_advertised_cidrs"])

    def replacements(self, changed: Sequence[str], olds: Props, news: Props) -> list[str]:
        """The changed inputs. Of a connection that is in no state, nobody knows the key.

        Another key is a replacement: the controller deletes no connection that a network domain or
        an inspection policy names, so these must be deleted first.
        """
        fixed = super().replacements(changed, olds, news)
        return fixed if "controller" in olds else [one for one in fixed if one != "pre_shared_key"]

    def edit(
        self, client: Client, inputs: TransitExternalDeviceConnInputs, changed: Sequence[str]
    ) -> None:
        """Write the advertised blocks. Create the connection of a killed run again, with a key."""
        if "pre_shared_key" in changed:
            with suppress(MissingError):
                self.destroy(client, inputs.model_dump(mode="json"))
            self.make(client, inputs)
            return
        fields = {
            "gateway_name": inputs.gw_name,
            "connection_name": inputs.connection_name,
            "connection_bgp_manual_advertise_cidrs": ",".join(inputs.manual_bgp_advertised_cidrs),
        }
        doing = f"updating {self.inputs_label(inputs)}"
        client.form("edit_transit_connection_bgp_manual_advertise_cidrs", doing, fields)

    def destroy(self, client: Client, props: Props) -> None:
        fields = {"vpc_id": props["vpc_id"], "connection_name": props["connection_name"]}
        client.form("disconnect_transit_gw", f"deleting {self.label(props)}", fields)


def _text(value: object) -> str:
    """A value of an answer that is a text, or a list of texts, with commas and no spaces."""
    return ",".join(comma_list(value)) if isinstance(value, list | str) else str(value or "")


class TransitExternalDeviceConn(
    AviatrixResource, module="aviatrix", name="TransitExternalDeviceConn"
):
    """A connection by IPsec with BGP. Terraform: `aviatrix_transit_external_device_conn`.

    ``vpc_id`` and ``gw_name`` are those of the transit gateway. With an HA peer, the connection has
    a tunnel from each of the two: ``remote_gateway_ip``, ``local_tunnel_cidr`` and
    ``remote_tunnel_cidr`` then have two values with a comma between them, the gateway's first. All
    tunnels share ``pre_shared_key``, which is never read back; another one replaces the connection
    and what names it. IKE version 2, with the controller's
    default algorithms (AES-256-CBC, SHA-256, group 14). ``after`` is a wait until the gateways are
    up. Source: the actions `connect_transit_gw_to_external_device`, `get_site2cloud_conn_detail`,
    `edit_transit_connection_bgp_manual_advertise_cidrs`, `disconnect_transit_gw`.
    """

    connection_name: pulumi.Output[str]
    gw_name: pulumi.Output[str]

    def __init__(
        self,
        resource_name: str,
        *,
        vpc_id: pulumi.Input[str],
        connection_name: pulumi.Input[str],
        gw_name: pulumi.Input[str],
        bgp_local_as_num: pulumi.Input[int],
        bgp_remote_as_num: pulumi.Input[int],
        remote_gateway_ip: pulumi.Input[str],
        local_tunnel_cidr: pulumi.Input[str],
        remote_tunnel_cidr: pulumi.Input[str],
        pre_shared_key: pulumi.Input[str],
        manual_bgp_advertised_cidrs: pulumi.Input[Sequence[pulumi.Input[str]]] | None = None,
        after: pulumi.Input[str] | None = None,
        adopt_existing_id: pulumi.Input[str] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__(TransitExternalDeviceConnProvider(), resource_name, locals(), opts)
