"""Connection policies: two network domains whose attachments reach each other."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import pulumi

from providers.aviatrix.client import Client
from providers.aviatrix.crud import AviatrixInputs, listed
from providers.aviatrix.errors import MissingError
from providers.aviatrix.pair import PairProvider
from providers.aviatrix.resource import AviatrixResource
from providers.aviatrix.segmentation.domain import DomainName
from providers.base.http import Answer, Json
from providers.base.model import IMMUTABLE, Props


class SegmentationNetworkDomainConnectionPolicyInputs(AviatrixInputs):
    """The inputs of a policy. Their order has no meaning for the controller."""

    domain_name_1: Annotated[DomainName, IMMUTABLE]
    domain_name_2: Annotated[DomainName, IMMUTABLE]

    def problems(self) -> Iterator[tuple[str, str]]:
        """The attachments of one domain reach each other without a policy."""
        if self.domain_name_1 == self.domain_name_2:
            yield "domain_name_2", "is the domain of domain_name_1"


class SegmentationNetworkDomainConnectionPolicyProvider(
    PairProvider[SegmentationNetworkDomainConnectionPolicyInputs]
):
    """CRUD of a policy."""

    Inputs = SegmentationNetworkDomainConnectionPolicyInputs
    noun = "network domain connection policy"
    natural_key = ("domain_name_1", "domain_name_2")

    def look(self, client: Client, props: Props, *, fresh: bool) -> Json | None:
        first, second = (props[name] for name in self.natural_key)
        action = "list_multi_cloud_security_domain_connection_policy"
        doing = f"reading the connection policies of network domain {first!r}"
        try:
            found = listed(client, action, doing, fresh=fresh, domain_name=first)
        except MissingError:
            return None
        if second not in (found.get("connected_domains") or []):
            return None
        return Answer({name: props[name] for name in self.natural_key})

    def make(self, client: Client, inputs: SegmentationNetworkDomainConnectionPolicyInputs) -> None:
        doing = f"creating {self.inputs_label(inputs)}"
        fields = self._fields(inputs.model_dump())
        client.form("connect_multi_cloud_security_domains", doing, fields)

    def destroy(self, client: Client, props: Props) -> None:
        doing = f"deleting {self.label(props)}"
        client.form("disconnect_multi_cloud_security_domains", doing, self._fields(props))

    def _fields(self, props: Props) -> Json:
        return {"domain_name": props["domain_name_1"], "other_domain_name": props["domain_name_2"]}


class SegmentationNetworkDomainConnectionPolicy(
    AviatrixResource, module="aviatrix", name="SegmentationNetworkDomainConnectionPolicy"
):
    """Two connected domains. Terraform: `aviatrix_segmentation_network_domain_connection_policy`.

    Source: the actions `connect_multi_cloud_security_domains`,
    `list_multi_cloud_security_domain_connection_policy`, `disconnect_multi_cloud_security_domains`.
    """

    domain_name_1: pulumi.Output[str]
    domain_name_2: pulumi.Output[str]

    def __init__(
        self,
        resource_name: str,
        *,
        domain_name_1: pulumi.Input[str],
        domain_name_2: pulumi.Input[str],
        adopt_existing_id: pulumi.Input[str] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        provider = SegmentationNetworkDomainConnectionPolicyProvider()
        super().__init__(provider, resource_name, locals(), opts)
