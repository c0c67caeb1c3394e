"""Associations of attachments with network domains."""

from __future__ import annotations

from typing import Annotated

import pulumi
from pydantic import Field

from providers.aviatrix.client import Client
from providers.aviatrix.crud import AviatrixInputs, AviatrixProvider, listed
from providers.aviatrix.resource import AviatrixResource
from providers.aviatrix.segmentation.domain import DomainName
from providers.base.http import Answer, Json
from providers.base.model import IMMUTABLE, Props


class SegmentationNetworkDomainAssociationInputs(AviatrixInputs):
    """The inputs of an association."""

    network_domain_name: Annotated[DomainName, IMMUTABLE]
    attachment_name: Annotated[str, IMMUTABLE, Field(min_length=1)]


class SegmentationNetworkDomainAssociationProvider(
    AviatrixProvider[SegmentationNetworkDomainAssociationInputs]
):
    """CRUD of an association. An attachment is in one domain only."""

    Inputs = SegmentationNetworkDomainAssociationInputs
    noun = "network domain association"
    natural_key = ("network_domain_name", "attachment_name")
    delete_first = True

    def look(self, client: Client, props: Props, *, fresh: bool) -> Json | None:
        action = "list_multi_cloud_domain_attachments"
        found = listed(client, action, "listing attachments of network domains", fresh=fresh) or {}
        wanted = (props["network_domain_name"], props["attachment_name"])
        for item in found.get("attachments") or []:
            if (item.get("domain"), item["name"]) == wanted:
                return Answer({name: props[name] for name in self.natural_key})
        return None

    def make(self, client: Client, inputs: SegmentationNetworkDomainAssociationInputs) -> None:
        doing = f"creating {self.inputs_label(inputs)}"
        fields = self._fields(inputs.model_dump())
        client.form("associate_attachment_to_multi_cloud_security_domain", doing, fields)

    def destroy(self, client: Client, props: Props) -> None:
        doing = f"deleting {self.label(props)}"
        action = "disassociate_attachment_from_multi_cloud_security_domain"
        client.form(action, doing, self._fields(props))

    def _fields(self, props: Props) -> Json:
        return {
            "domain_name": props["network_domain_name"],
            "attachment_name": props["attachment_name"],
        }


class SegmentationNetworkDomainAssociation(
    AviatrixResource, module="aviatrix", name="SegmentationNetworkDomainAssociation"
):
    """An attachment in a domain. Terraform: `aviatrix_segmentation_network_domain_association`.

    ``attachment_name`` is the name of a spoke gateway or of an external connection, whose transit
    gateway has segmentation. Source: the actions
    `associate_attachment_to_multi_cloud_security_domain`, `list_multi_cloud_domain_attachments`,
    `disassociate_attachment_from_multi_cloud_security_domain`.
    """

    attachment_name: pulumi.Output[str]

    def __init__(
        self,
        resource_name: str,
        *,
        network_domain_name: pulumi.Input[str],
        attachment_name: pulumi.Input[str],
        adopt_existing_id: pulumi.Input[str] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        provider = SegmentationNetworkDomainAssociationProvider()
        super().__init__(provider, resource_name, locals(), opts)
