"""Network domains of a controller."""

from __future__ import annotations

from typing import Annotated

import pulumi
from pydantic import Field

from providers.aviatrix.client import Client
from providers.aviatrix.crud import AviatrixInputs, AviatrixProvider, listed
from providers.aviatrix.resource import AviatrixResource
from providers.base.http import Answer, Json
from providers.base.model import IMMUTABLE, Props

DomainName = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]+$")]


class SegmentationNetworkDomainInputs(AviatrixInputs):
    """The inputs of a network domain."""

    domain_name: Annotated[DomainName, IMMUTABLE]


class SegmentationNetworkDomainProvider(AviatrixProvider[SegmentationNetworkDomainInputs]):
    """CRUD of a network domain."""

    Inputs = SegmentationNetworkDomainInputs
    noun = "network domain"
    natural_key = ("domain_name",)

    def look(self, client: Client, props: Props, *, fresh: bool) -> Json | None:
        action = "list_multi_cloud_security_domain_names"
        found = listed(client, action, "listing network domains", fresh=fresh) or []
        name = props["domain_name"]
        return Answer(domain_name=name) if name in found else None

    def make(self, client: Client, inputs: SegmentationNetworkDomainInputs) -> None:
        doing = f"creating {self.inputs_label(inputs)}"
        fields = {"domain_name": inputs.domain_name}
        client.form("add_multi_cloud_security_domain", doing, fields)

    def destroy(self, client: Client, props: Props) -> None:
        doing = f"deleting {self.label(props)}"
        fields = {"domain_name": props["domain_name"]}
        client.form("delete_multi_cloud_security_domain", doing, fields)


class SegmentationNetworkDomain(
    AviatrixResource, module="aviatrix", name="SegmentationNetworkDomain"
):
    """A network domain. Terraform: `aviatrix_segmentation_network_domain`.

    Source: the actions `add_multi_cloud_security_domain`, `list_multi_cloud_security_domain_names`,
    `delete_multi_cloud_security_domain`.
    """

    domain_name: pulumi.Output[str]

    def __init__(
        self,
        resource_name: str,
        *,
        domain_name: pulumi.Input[str],
        adopt_existing_id: pulumi.Input[str] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__(SegmentationNetworkDomainProvider(), resource_name, locals(), opts)
