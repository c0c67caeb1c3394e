"""Attachments of a network: `/v2/cloud-gateways/networks/{networkId}/transit-gateways`.

"Transit gateway" is Konnect's name for six kinds of private connection. Their `kind` is in
`transit_gateway_attachment_config`. Every kind has two sides: Kong opens the connection, and it
becomes ready only after the customer's cloud accepts, grants or mirrors it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property, partial
from typing import Annotated, Any, Final, Literal, get_args

import pulumi
from pydantic import Field

from providers.base import readiness
from providers.base.http import Json
from providers.base.model import IMMUTABLE, Part, Props, SetOf
from providers.konnect.client import Client
from providers.konnect.cloud_gateways.base import (
    CloudGatewayObject,
    NetworkChild,
    NetworkChildInputs,
    NetworkChildProvider,
    children,
    reason_of,
    unready,
)

READY_TIMEOUT: Final = 1800.0
"""Seconds that a run waits for an attachment to be accepted and ready."""
PENDING: Final = frozenset({"pending-acceptance", "pending-user-action"})
"""States in which an attachment waits for the customer."""


class AwsTransitGatewayAttachment(Part):
    """Connects to an AWS Transit Gateway. A RAM share of its own shares it with Kong's account."""

    kind: Literal["aws-transit-gateway-attachment"] = "aws-transit-gateway-attachment"
    transit_gateway_id: Annotated[str, Field(min_length=1)]
    ram_share_arn: Annotated[str, Field(pattern=r"^arn:aws[\w-]*:ram:")]


class AwsVpcPeeringAttachment(Part):
    """Connects to one AWS VPC. Its ``cidr_blocks`` are immutable."""

    kind: Literal["aws-vpc-peering-attachment"] = "aws-vpc-peering-attachment"
    peer_account_id: Annotated[str, Field(pattern=r"^\d{12}$")]
    peer_vpc_id: Annotated[str, Field(min_length=1)]
    peer_vpc_region: Annotated[str, Field(min_length=1)]


class ResourceConfig(Part):
    """A VPC Lattice resource configuration and the domain name by which gateways reach it."""

    resource_config_id: Annotated[str, Field(min_length=1)]
    domain_name: Annotated[str, Field(min_length=1)]


class AwsResourceEndpointAttachment(Part):
    """Connects to VPC Lattice resource configurations, only from gateway to upstream."""

    kind: Literal["aws-resource-endpoint-attachment"] = "aws-resource-endpoint-attachment"
    ram_share_arn: Annotated[str, Field(pattern=r"^arn:aws[\w-]*:ram:")]
    resource_config: SetOf[ResourceConfig] = []


class AzureVnetPeeringAttachment(Part):
    """Connects to an Azure VNet. Kong creates both peerings, with its role on the VNet."""

    kind: Literal["azure-vnet-peering-attachment"] = "azure-vnet-peering-attachment"
    tenant_id: Annotated[str, Field(min_length=1)]
    subscription_id: Annotated[str, Field(min_length=1)]
    resource_group_name: Annotated[str, Field(min_length=1)]
    vnet_name: Annotated[str, Field(min_length=1)]


class AzureVhubPeeringAttachment(Part):
    """Connects to an Azure Virtual WAN hub."""

    kind: Literal["azure-vhub-peering-attachment"] = "azure-vhub-peering-attachment"
    tenant_id: Annotated[str, Field(min_length=1)]
    subscription_id: Annotated[str, Field(min_length=1)]
    resource_group_name: Annotated[str, Field(min_length=1)]
    vhub_name: Annotated[str, Field(min_length=1)]


class GcpVpcPeeringAttachment(Part):
    """Connects to a GCP network. That network also needs a peering to Kong's network."""

    kind: Literal["gcp-vpc-peering-attachment"] = "gcp-vpc-peering-attachment"
    peer_project_id: Annotated[str, Field(min_length=1)]
    peer_vpc_name: Annotated[str, Field(min_length=1)]


AttachmentConfig = Annotated[
    AwsTransitGatewayAttachment
    | AwsVpcPeeringAttachment
    | AwsResourceEndpointAttachment
    | AzureVnetPeeringAttachment
    | AzureVhubPeeringAttachment
    | GcpVpcPeeringAttachment,
    Field(discriminator="kind"),
]
_KINDS: Final[dict[str, type[Part]]] = {
    part.model_fields["kind"].default: part for part in get_args(get_args(AttachmentConfig)[0])
}
_WITH_CIDRS: Final = frozenset({"aws-transit-gateway-attachment", "aws-vpc-peering-attachment"})


class DnsConfig(Part):
    """Domains, and the DNS servers behind the attachment that resolve them."""

    remote_dns_server_ip_addresses: SetOf[str]
    domain_proxy_list: SetOf[str]


class CloudGatewayTransitGatewayInputs(NetworkChildInputs):
    """The inputs of an attachment: `CreateTransitGatewayRequest`, one of six kinds."""

    name: Annotated[str, IMMUTABLE, Field(min_length=1, max_length=120)]
    transit_gateway_attachment_config: AttachmentConfig
    cidr_blocks: SetOf[str] = []
    dns_config: Annotated[SetOf[DnsConfig], IMMUTABLE] = []

    def problems(self) -> Iterator[tuple[str, str]]:
        """Two of the six kinds require `cidr_blocks`. The others do not have it."""
        kind = self.transit_gateway_attachment_config.kind
        if kind in _WITH_CIDRS and not self.cidr_blocks:
            yield "cidr_blocks", f"is required for {kind}: the ranges behind the attachment"
        if kind not in _WITH_CIDRS and self.cidr_blocks:
            yield "cidr_blocks", f"is not allowed for {kind}"


class TransitGateway(CloudGatewayObject):
    """An attachment as Konnect returns it."""

    name: str
    state: str
    state_metadata: dict[str, Any] = {}
    transit_gateway_attachment_config: dict[str, Any]
    cidr_blocks: tuple[str, ...] = ()
    dns_config: tuple[dict[str, Any], ...] = ()

    @property
    def attachment_id(self) -> str | None:
        """The AWS id to accept: of a Transit Gateway attachment or a VPC peering. Else None."""
        config = self.transit_gateway_attachment_config
        return config.get("attachment_id") or config.get("peering_connection_id")


KONG_AZURE_APPLICATION_ID: Final = "207b296f-cf25-4d23-9eba-9a2c41dc62ca"
"""Kong's application for peerings in Azure. Source: an earlier edition of Kong's page on Azure VNet
peering, which names it kong-cgw-azure-vnet-peering-app. Today only Konnect's own pages show it."""

_CUSTOMER_SIDE: Final[Mapping[str, str]] = {
    "aws-transit-gateway-attachment": (
        "accept attachment {attachment_id} to {transit_gateway_id} in AWS"
    ),
    "aws-vpc-peering-attachment": (
        "accept the peering that Kong's VPC requests with VPC {peer_vpc_id} in account "
        "{peer_account_id}"
    ),
    "azure-vnet-peering-attachment": (
        "let an administrator of tenant {tenant_id} consent to Kong's application at {consent_url} "
        "if nobody has, and give its service principal a role that may peer with VNet {vnet_name} "
        "in resource group {resource_group_name} of subscription {subscription_id}"
    ),
    "azure-vhub-peering-attachment": (
        "let an administrator of tenant {tenant_id} consent to Kong's application at {consent_url} "
        "if nobody has, and give its service principal a role that may connect to virtual hub "
        "{vhub_name} in resource group {resource_group_name} of subscription {subscription_id}"
    ),
    "gcp-vpc-peering-attachment": (
        "create the peering of network {peer_vpc_name} in project {peer_project_id} with Kong's"
    ),
}
"""What the customer has to do, by kind. It is filled with the fields of the configuration."""


def consent_url(tenant_id: str, application_id: str = KONG_AZURE_APPLICATION_ID) -> str:
    """The page on which an administrator of an Entra tenant consents to an application.

    Source: "Grant tenant-wide admin consent to an application", Microsoft Entra documentation.
    """
    return f"https://login.microsoftonline.com/{tenant_id}/adminconsent?client_id={application_id}"


def _instruction(item: Json, application_id: str) -> str:
    """What the customer has to do now, and Konnect's own reason."""
    config = item.get("transit_gateway_attachment_config") or {}
    known = defaultdict(lambda: "(unknown)", {key: str(value) for key, value in config.items()})
    known["consent_url"] = consent_url(known["tenant_id"], application_id)
    text = _CUSTOMER_SIDE.get(str(config.get("kind")), "").format_map(known)
    return "; Konnect says: ".join(filter(None, [text, reason_of(item)]))


def judge_ready(
    item: Json, application_id: str = KONG_AZURE_APPLICATION_ID
) -> readiness.Verdict[TransitGateway]:
    """Ready when the attachment routes, and each resource of a resource endpoint is ready.

    While it waits for the customer, the reason says what to do. ``application_id`` is that of
    Kong's application in Azure.
    """
    if item["state"] in PENDING:
        return readiness.Waiting(item["state"], _instruction(item, application_id))
    if item["state"] != "ready":
        return unready(item)
    attachment = TransitGateway.model_validate(item)
    resources = attachment.transit_gateway_attachment_config.get("resource_config") or ()
    for resource in resources:
        state = str(resource.get("state", "ready"))
        if state != "ready":
            return _unready_resource(resource, state)
    return readiness.Ready(attachment)


def _unready_resource(resource: Json, state: str) -> readiness.Waiting | readiness.Failed:
    """The verdict on a resource configuration. Konnect gives no reason, so this gives the rule."""
    name = f"{resource.get('resource_config_id')} as {resource.get('domain_name')}"
    if state == "missing":
        rule = (
            f"Konnect does not find {name}: share it (or its group) with Kong's account, and give "
            "its resource gateway a subnet in a zone of the gateway network"
        )
        return readiness.Waiting("resource missing", rule)
    failed = state == "error"
    return (readiness.Failed if failed else readiness.Waiting)(f"resource {state}", name)


def judge_pending(item: Json) -> readiness.Verdict[TransitGateway]:
    """Ready when the customer can act. For an AWS Transit Gateway that needs the id to accept."""
    attachment = TransitGateway.model_validate(item)
    kind = attachment.transit_gateway_attachment_config.get("kind")
    needs_id = kind == "aws-transit-gateway-attachment"
    if item["state"] == "ready" or (
        item["state"] in PENDING and (attachment.attachment_id or not needs_id)
    ):
        return readiness.Ready(attachment)
    return unready(item)


def judge_listed(item: Json) -> readiness.Verdict[TransitGateway]:
    """Ready in any state."""
    return readiness.Ready(TransitGateway.model_validate(item))


class CloudGatewayTransitGatewayProvider(NetworkChildProvider[CloudGatewayTransitGatewayInputs]):
    """CRUD of an attachment."""

    Inputs = CloudGatewayTransitGatewayInputs
    noun = "transit gateway"
    segment = "networks/{network_id}/transit-gateways"
    transitional = frozenset({"created", "initializing"})

    def body(self, inputs: CloudGatewayTransitGatewayInputs) -> Json:
        body = super().body(inputs)
        if inputs.transit_gateway_attachment_config.kind not in _WITH_CIDRS:
            del body["cidr_blocks"]
        return body

    def change(
        self,
        client: Client,
        id_: str,
        inputs: CloudGatewayTransitGatewayInputs,
        changed: Sequence[str],
    ) -> Json:
        body: Json = {}
        if "cidr_blocks" in changed:
            body["cidr_blocks"] = list(inputs.cidr_blocks)
        config = inputs.transit_gateway_attachment_config
        if "transit_gateway_attachment_config" in changed and isinstance(
            config, AwsResourceEndpointAttachment
        ):
            body["transit_gateway_attachment_config"] = config.model_dump(
                mode="json", include={"kind", "resource_config"}
            )
        props = {"network_id": inputs.network_id}
        remote = client.patch(self.path(props, id_), f"updating {self.called(inputs)}", body)
        return self.answered(remote, props)

    def judge(self, remote: Json) -> readiness.Verdict[Any]:
        return judge_ready(remote)

    def replacements(self, changed: Sequence[str], olds: Props, news: Props) -> list[str]:
        """The changed inputs that need a replacement. For two inputs it depends on the kind."""
        fixed = super().replacements(changed, olds, news)
        old, new = (p.get("transit_gateway_attachment_config") or {} for p in (olds, news))
        kind = new.get("kind") if isinstance(new, dict) else None
        if "cidr_blocks" in changed and kind != "aws-transit-gateway-attachment":
            fixed.append("cidr_blocks")
        if "transit_gateway_attachment_config" in changed:
            editable = kind == "aws-resource-endpoint-attachment" and all(
                old.get(key) == new.get(key) for key in ("kind", "ram_share_arn")
            )
            if not editable:
                fixed.append("transit_gateway_attachment_config")
        return fixed

    def remote_inputs(self, remote: Json) -> Json:
        config = remote.get("transit_gateway_attachment_config") or {}
        part = _KINDS.get(str(config.get("kind")))
        known = {k: v for k, v in config.items() if part is None or k in part.model_fields}
        if isinstance(known.get("resource_config"), list):
            known["resource_config"] = [
                {key: item.get(key) for key in ResourceConfig.model_fields}
                for item in known["resource_config"]
            ]
        return {**super().remote_inputs(remote), "transit_gateway_attachment_config": known}


_ADVICE: Final = (
    "It waits for the customer's side: the acceptance in AWS, the role assignment in Azure, "
    "the mirror peering in GCP"
)


def collection(client: Client, network_id: str) -> readiness.Collection:
    """The collection of the attachments of one network."""
    return children(CloudGatewayTransitGatewayProvider(), client, network_id)


class CloudGatewayTransitGateway(NetworkChild, module="konnect", name="CloudGatewayTransitGateway"):
    """An attachment of a network. Terraform: `konnect_cloud_gateway_transit_gateway`.

    ``transit_gateway_attachment_config`` is a mapping with ``kind`` (one of six) and its
    fields. ``cidr_blocks`` are the ranges that Kong routes to the attachment. They are required
    for AWS transit gateways and VPC peerings, and can be updated only for transit gateways.
    ``ready_timeout`` is in seconds (default 30 minutes). Without ``awaited``, ``pending`` and
    ``ready`` are the attachment as Konnect lists it, in any state.
    Source: `/v2/cloud-gateways/networks/{networkId}/transit-gateways`.
    """

    transit_gateway_attachment_config: pulumi.Output[Mapping[str, Any]]
    cidr_blocks: pulumi.Output[Sequence[str]]
    dns_config: pulumi.Output[Sequence[Mapping[str, Any]]]

    def __init__(
        self,
        resource_name: str,
        *,
        network_id: pulumi.Input[str],
        name: pulumi.Input[str],
        transit_gateway_attachment_config: pulumi.Input[Mapping[str, Any]],
        cidr_blocks: pulumi.Input[Sequence[pulumi.Input[str]]] | None = None,
        dns_config: pulumi.Input[Sequence[pulumi.Input[Mapping[str, Any]]]] | None = None,
        ready_timeout: float = READY_TIMEOUT,
        awaited: bool = True,
        adopt_existing_id: pulumi.Input[str] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        provider = CloudGatewayTransitGatewayProvider()
        super().__init__(provider, resource_name, locals(), ready_timeout, opts)
        self._awaited = awaited

    @cached_property
    def pending(self) -> pulumi.Output[TransitGateway]:
        """The attachment, once the customer can act: for AWS with the id to accept.

        Raises FailedStateError or DeadlineError.
        """
        return self._until(judge_pending if self._awaited else judge_listed)

    @cached_property
    def ready(self) -> pulumi.Output[TransitGateway]:
        """The attachment, once it routes. Raises FailedStateError or DeadlineError."""
        return self.ready_after()

    def ready_after(
        self,
        *customer_side: pulumi.Resource,
        application_id: str = KONG_AZURE_APPLICATION_ID,
    ) -> pulumi.Output[TransitGateway]:
        """Like ``ready``, but fails at once if a resource of ``customer_side`` fails.

        In Azure, the line of the resource says where to consent to Kong's application
        ``application_id`` while nobody has.
        """
        ready = partial(judge_ready, application_id=application_id)
        judge = ready if self._awaited else judge_listed
        return self._until(judge, *customer_side, advice=_ADVICE)
