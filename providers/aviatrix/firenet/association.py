"""Associations of firewall instances with the gateways of a FireNet."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import pulumi

from providers.aviatrix.client import Client
from providers.aviatrix.crud import AviatrixInputs, AviatrixProvider
from providers.aviatrix.errors import MissingError
from providers.aviatrix.firenet.listing import firenet
from providers.aviatrix.resource import AviatrixResource
from providers.aviatrix.vocabulary import is_yes
from providers.base.http import Answer, Json
from providers.base.model import IMMUTABLE, Props


class FirewallInstanceAssociationInputs(AviatrixInputs):
    """The inputs of an association."""

    vpc_id: Annotated[str, IMMUTABLE]
    firenet_gw_name: Annotated[str, IMMUTABLE]
    instance_id: Annotated[str, IMMUTABLE]
    firewall_name: Annotated[str | None, IMMUTABLE] = None
    lan_interface: Annotated[str, IMMUTABLE]
    management_interface: Annotated[str | None, IMMUTABLE] = None
    egress_interface: Annotated[str | None, IMMUTABLE] = None
    attached: bool = False


class FirewallInstanceAssociationProvider(AviatrixProvider[FirewallInstanceAssociationInputs]):
    """CRUD of an association. Attaching puts the firewall into the traffic."""

    Inputs = FirewallInstanceAssociationInputs
    noun = "firewall instance association"
    natural_key = ("vpc_id", "firenet_gw_name", "instance_id")
    present = ("already associated",)
    delete_first = True

    def id_of(self, remote: Json) -> str:
        return "~~".join(str(remote[name]) for name in self.natural_key)

    def import_id(self, text: str) -> tuple[str, Props]:
        parts = text.rsplit("~~", 2)
        return text, dict(zip(self.natural_key, parts, strict=False))

    def look(self, client: Client, props: Props, *, fresh: bool) -> Json | None:
        found = firenet(client, props["vpc_id"], fresh=fresh) or {}
        for item in found.get("firewall") or []:
            ids = (item.get("id"), item.get("gateway"))
            if ids == (props["instance_id"], props["firenet_gw_name"]):
                kept = {name: props.get(name) for name in self.Inputs.model_fields}
                return Answer({**kept, "attached": is_yes(item.get("enabled"))})
        return None

    def make(self, client: Client, inputs: FirewallInstanceAssociationInputs) -> None:
        fields: Json = {
            **self._ids(inputs.model_dump()),
            "lan_interface": inputs.lan_interface,
            "management_interface": inputs.management_interface,
            "egress_interface": inputs.egress_interface,
        }
        if "~-~" not in inputs.vpc_id:  # A network in GCP: the controller knows it by its id.
            fields["firewall_name"] = inputs.firewall_name
        doing = f"creating {self.inputs_label(inputs)}"
        client.form("associate_firewall_with_firenet", doing, fields)
        if inputs.attached:
            self.edit(client, inputs, ["attached"])

    def edit(
        self, client: Client, inputs: FirewallInstanceAssociationInputs, changed: Sequence[str]
    ) -> None:
        verb = "attach_firewall_to" if inputs.attached else "detach_firewall_from"
        doing = f"updating {self.inputs_label(inputs)}"
        client.form(f"{verb}_firenet", doing, self._ids(inputs.model_dump()))

    def destroy(self, client: Client, props: Props) -> None:
        doing = f"deleting {self.label(props)}"
        now = self.look(client, props, fresh=True)
        if now is None:
            raise MissingError(doing, "it is in no list")
        if now["attached"]:
            client.form("detach_firewall_from_firenet", doing, self._ids(props))
        client.form("disassociate_firewall_with_firenet", doing, self._ids(props))

    def _ids(self, props: Props) -> Json:
        return {
            "vpc_id": props["vpc_id"],
            "gateway_name": props["firenet_gw_name"],
            "firewall_id": props["instance_id"],
        }


class FirewallInstanceAssociation(
    AviatrixResource, module="aviatrix", name="FirewallInstanceAssociation"
):
    """A firewall at a FireNet gateway. Terraform: `aviatrix_firewall_instance_association`.

    ``attached`` puts it into the traffic. It may be a firewall that the controller did not launch.
    Source: the actions `associate_firewall_with_firenet`, `attach_firewall_to_firenet`,
    `show_firenet_detail`, and their opposites.
    """

    instance_id: pulumi.Output[str]

    def __init__(
        self,
        resource_name: str,
        *,
        vpc_id: pulumi.Input[str],
        firenet_gw_name: pulumi.Input[str],
        instance_id: pulumi.Input[str],
        lan_interface: pulumi.Input[str],
        firewall_name: pulumi.Input[str] | None = None,
        management_interface: pulumi.Input[str] | None = None,
        egress_interface: pulumi.Input[str] | None = None,
        attached: pulumi.Input[bool] | None = None,
        adopt_existing_id: pulumi.Input[str] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__(FirewallInstanceAssociationProvider(), resource_name, locals(), opts)
