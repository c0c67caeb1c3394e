"""Firewall instances that the controller launches in a FireNet."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, Final

import pulumi
from pydantic import Field

from providers.aviatrix.client import Client
from providers.aviatrix.crud import AviatrixInputs, AviatrixProvider, listed
from providers.aviatrix.errors import MissingError, RefusedError
from providers.aviatrix.firenet.listing import firenet, firewall_of
from providers.aviatrix.gateways.placement import Placed, encoded_subnet
from providers.aviatrix.resource import AviatrixResource
from providers.aviatrix.vocabulary import CloudType
from providers.base.errors import ResponseError
from providers.base.http import Answer, Json
from providers.base.model import IMMUTABLE, LOCAL, SERVER_DEFAULT, WRITE_ONLY, Props

PALO_ALTO: Final = "Palo Alto Networks"
"""How the names of images begin whose firewalls have a management interface."""


class FirewallInstanceInputs(AviatrixInputs):
    """The inputs of a firewall instance. All are immutable."""

    cloud_type: Annotated[CloudType, IMMUTABLE]
    vpc_id: Annotated[str, IMMUTABLE]
    firenet_gw_name: Annotated[str, IMMUTABLE]
    firewall_name: Annotated[str, IMMUTABLE, Field(min_length=1)]
    firewall_image: Annotated[str, IMMUTABLE, Field(min_length=1)]
    firewall_image_version: Annotated[str | None, IMMUTABLE, SERVER_DEFAULT] = None
    firewall_size: Annotated[str, IMMUTABLE, Field(min_length=1)]
    egress_subnet: Annotated[str, IMMUTABLE]
    management_subnet: Annotated[str | None, IMMUTABLE] = None
    egress_vpc_id: Annotated[str | None, IMMUTABLE] = None
    management_vpc_id: Annotated[str | None, IMMUTABLE] = None
    zone: Annotated[str | None, IMMUTABLE] = None
    key_name: Annotated[str | None, IMMUTABLE] = None
    iam_role: Annotated[str | None, IMMUTABLE] = None
    bootstrap_bucket_name: Annotated[str | None, IMMUTABLE] = None
    username: Annotated[str | None, LOCAL] = None
    password: Annotated[str | None, IMMUTABLE, WRITE_ONLY] = None
    ssh_public_key: Annotated[str | None, LOCAL] = None
    user_data: Annotated[str | None, IMMUTABLE, WRITE_ONLY] = None

    def problems(self) -> Iterator[tuple[str, str]]:
        """Each cloud has inputs of its own, and only one vendor has a management interface."""
        if self.cloud_type is not CloudType.AZURE:
            for name in ("username", "password", "ssh_public_key"):
                if getattr(self, name) is not None:
                    yield name, "is for firewalls in Azure only"
        elif self.password is not None and self.ssh_public_key is not None:
            yield "ssh_public_key", "is given beside a password; a firewall has one of the two"
        if self.cloud_type is CloudType.AWS and self.zone is not None:
            yield "zone", "is for firewalls in Azure and GCP; in AWS the subnet has a zone"
        for name in ("egress_vpc_id", "management_vpc_id"):
            if self.cloud_type is not CloudType.GCP and getattr(self, name) is not None:
                yield name, "is for firewalls in GCP only"
        if self.cloud_type is CloudType.GCP and self.egress_vpc_id is None:
            yield "egress_vpc_id", "is required in GCP"
        if self.firewall_image.startswith(PALO_ALTO) != (self.management_subnet is not None):
            yield "management_subnet", f"is required for images of {PALO_ALTO}, and only for these"


_SENT_AS = {
    "firenet_gw_name": "gw_name",
    "egress_vpc_id": "egress_vpc",
    "management_vpc_id": "management_vpc",
}
_RETURNED_AS = {
    "firenet_gw_name": "gw_name",
    "firewall_name": "instance_name",
    "firewall_size": "instance_size",
    "firewall_image": "firewall_image",
    "firewall_image_version": "firewall_image_version",
    "egress_subnet": "egress_subnet",
    "management_subnet": "management_subnet",
}
_OUTPUTS = {
    "lan_interface": "lan_interface_id",
    "management_interface": "management_interface_id",
    "egress_interface": "egress_interface_id",
    "public_ip": "management_public_ip",
}


class FirewallInstanceProvider(AviatrixProvider[FirewallInstanceInputs]):
    """CRUD of a firewall instance. Its id is the cloud's id of the instance."""

    Inputs = FirewallInstanceInputs
    noun = "firewall instance"
    natural_key = ("firewall_name",)
    marked_by = ("firewall_name", "firenet_gw_name")
    outputs = ("instance_id", *_OUTPUTS)

    def id_of(self, remote: Json) -> str:
        return str(remote["instance_id"])

    def import_id(self, text: str) -> tuple[str, Props]:
        return text, {"instance_id": text}

    def look(self, client: Client, props: Props, *, fresh: bool) -> Json | None:
        id_ = props.get("instance_id")
        if id_ is None:
            found = firenet(client, props["vpc_id"], fresh=fresh)
            firewall = firewall_of(found, "name", props["firewall_name"])
            if firewall is None:
                return None
            id_ = firewall["id"]
        doing = f"reading {self.noun} {id_}"
        try:
            item = listed(client, "get_instance_by_id", doing, fresh=fresh, instance_id=str(id_))
        except MissingError:
            return None
        return _instance(item, props)

    def seen(self, client: Client, inputs: FirewallInstanceInputs) -> Json:
        found = self.find(client, inputs)
        if found is None:
            raise ResponseError(f"{self.inputs_label(inputs)}: the FireNet does not list it")
        return found

    def post(self, client: Client, inputs: FirewallInstanceInputs) -> Json:
        doing = f"creating {self.inputs_label(inputs)}"
        try:
            made = client.form("add_firewall_instance", doing, _fields(inputs))
        except RefusedError as error:
            if "already exists" not in error.reason.lower():
                raise
            # A FireNet lists a firewall only when a gateway has it, so `find` may miss it.
            raise RefusedError(
                doing,
                f"{error.reason.removesuffix('.')}. A run that was interrupted may have launched "
                "it. Delete it in the controller and run it again, or give its id in the cloud as "
                "adopt_existing_id",
            ) from None
        props = {**inputs.model_dump(mode="json"), "instance_id": str(made["firewall_id"])}
        found = self.look(client, props, fresh=True)
        if found is None:
            raise ResponseError(f"{self.inputs_label(inputs)}: the controller does not return it")
        return found

    def replacements(self, changed: Sequence[str], olds: Props, news: Props) -> list[str]:
        """The changed inputs. Of an instance that is in no state, nobody knows the password."""
        fixed = super().replacements(changed, olds, news)
        if "controller" in olds:
            return fixed
        return [name for name in fixed if name not in self.Inputs.named(WRITE_ONLY)]

    def edit(self, client: Client, inputs: FirewallInstanceInputs, changed: Sequence[str]) -> None:
        """Keep the instance of a killed run with the password that it was launched with."""

    def destroy(self, client: Client, props: Props) -> None:
        doing = f"deleting {self.label(props)}"
        fields = {"vpc_id": props["vpc_id"], "firewall_id": props["instance_id"]}
        task_id = client.start("delete_firenet_firewall_instance", doing, fields)
        client.finish(task_id, doing, self.delete_limit(props))


def _fields(inputs: FirewallInstanceInputs) -> Json:
    """The form that launches a firewall.

    The field of the management interface is `management` in GCP. Elsewhere releases of the
    Terraform provider differ: `management_subnet` or `management`. Both are sent there.
    """
    written = inputs.body("vpc_id", "zone", "egress_subnet", "management_subnet")
    gcp = inputs.cloud_type is CloudType.GCP
    egress, management = (
        subnet and encoded_subnet(Placed(inputs.cloud_type, subnet, inputs.zone))
        for subnet in (inputs.egress_subnet, inputs.management_subnet)
    )
    return {
        **{_SENT_AS.get(name, name): value for name, value in written.items()},
        "egress" if gcp else "egress_subnet": egress,
        "management": management,
        "management_subnet": None if gcp else management,
        "zone": inputs.zone if gcp else None,
        "username": inputs.username,
        "ssh_public_key": inputs.ssh_public_key,
        "no_associate": True,
    }


def _instance(item: Json, props: Props) -> Json:
    """An instance by the names of inputs and outputs. What is not returned counts as written."""
    read = {name: item.get(key) or props.get(name) for name, key in _RETURNED_AS.items()}
    kept = {name: props.get(name) for name in FirewallInstanceInputs.model_fields}
    outputs = {name: item.get(key) or "" for name, key in _OUTPUTS.items()}
    return Answer({**kept, **read, **outputs, "instance_id": item["instance_id"]})


class FirewallInstance(AviatrixResource, module="aviatrix", name="FirewallInstance"):
    """A firewall instance. Terraform: `aviatrix_firewall_instance`.

    The image's terms must be accepted in the cloud's marketplace first. ``management_subnet`` is
    for Palo Alto's images. In GCP ``egress_subnet`` is ``<cidr>~~<region>~~<name>``. Azure needs a
    login: ``username``, and ``password`` or ``ssh_public_key``. ``zone`` is ``az-1`` in Azure, a
    zone in GCP. ``password`` and ``user_data`` are never read back. ``after`` is a wait until
    FireNet is on. Source: the actions `add_firewall_instance`, `get_instance_by_id`,
    `delete_firenet_firewall_instance`.
    """

    vpc_id: pulumi.Output[str]
    firenet_gw_name: pulumi.Output[str]
    firewall_name: pulumi.Output[str]
    instance_id: pulumi.Output[str]
    lan_interface: pulumi.Output[str]
    management_interface: pulumi.Output[str]
    egress_interface: pulumi.Output[str]
    public_ip: pulumi.Output[str]

    def __init__(
        self,
        resource_name: str,
        *,
        cloud_type: pulumi.Input[int],
        vpc_id: pulumi.Input[str],
        firenet_gw_name: pulumi.Input[str],
        firewall_name: pulumi.Input[str],
        firewall_image: pulumi.Input[str],
        firewall_size: pulumi.Input[str],
        egress_subnet: pulumi.Input[str],
        firewall_image_version: pulumi.Input[str] | None = None,
        management_subnet: pulumi.Input[str] | None = None,
        egress_vpc_id: pulumi.Input[str] | None = None,
        management_vpc_id: pulumi.Input[str] | None = None,
        zone: pulumi.Input[str] | None = None,
        key_name: pulumi.Input[str] | None = None,
        iam_role: pulumi.Input[str] | None = None,
        bootstrap_bucket_name: pulumi.Input[str] | None = None,
        username: pulumi.Input[str] | None = None,
        password: pulumi.Input[str] | None = None,
        ssh_public_key: pulumi.Input[str] | None = None,
        user_data: pulumi.Input[str] | None = None,
        after: pulumi.Input[str] | None = None,
        adopt_existing_id: pulumi.Input[str] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__(FirewallInstanceProvider(), resource_name, locals(), opts)
