"""Private DNS of a network: `/v2/cloud-gateways/networks/{networkId}/private-dns`.

There are five kinds, by `private_dns_attachment_config.kind`. A hosted zone needs the customer's
authorisation for Kong and is immutable. An outbound resolver needs no authorisation, and its name
and domains can be updated.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Annotated, Any, Final, Literal

import pulumi
from pydantic import Field

from providers.base import readiness
from providers.base.http import Json
from providers.base.model import Part, Props, SetOf
from providers.konnect.client import Client
from providers.konnect.cloud_gateways.base import (
    CloudGatewayObject,
    NetworkChild,
    NetworkChildInputs,
    NetworkChildProvider,
    unready,
)

READY_TIMEOUT: Final = 1800.0
"""Seconds that a run waits for a zone to be authorised and ready."""
RESOLVERS: Final = ("aws-outbound-resolver", "azure-outbound-resolver")


class DnsServers(Part):
    """The DNS servers for one domain. They are reached through an attachment of the network."""

    remote_dns_server_ip_addresses: SetOf[str]


class AwsPrivateHostedZone(Part):
    """A Route 53 zone. Its owner must authorise the association with Kong's VPC."""

    kind: Literal["aws-private-hosted-zone-attachment"] = "aws-private-hosted-zone-attachment"
    hosted_zone_id: Annotated[str, Field(min_length=1)]


class AwsOutboundResolver(Part):
    """Domains that Kong's VPC resolves with other DNS servers."""

    kind: Literal["aws-outbound-resolver"] = "aws-outbound-resolver"
    dns_config: dict[str, DnsServers]


class GcpPrivateHostedZone(Part):
    """A Cloud DNS zone that a VPC can resolve. Kong's principal needs `roles/dns.peer`."""

    kind: Literal["gcp-private-hosted-zone-attachment"] = "gcp-private-hosted-zone-attachment"
    domain_name: Annotated[str, Field(min_length=1)]
    peer_project_id: Annotated[str, Field(min_length=1)]
    peer_vpc_name: Annotated[str, Field(min_length=1)]


class AzurePrivateHostedZone(Part):
    """An Azure private DNS zone. Kong adds a VNet link to it, whose name must be unused.

    `peer_resource_group_id` is the name of the resource group, by Konnect's example and console.
    """

    kind: Literal["azure-private-hosted-zone-attachment"] = "azure-private-hosted-zone-attachment"
    domain_name: Annotated[str, Field(min_length=1)]
    peer_tenant_id: Annotated[str, Field(min_length=1)]
    peer_subscription_id: Annotated[str, Field(min_length=1)]
    peer_resource_group_id: Annotated[str, Field(min_length=1)]
    peer_vnet_link_name: Annotated[str, Field(min_length=1)]


class AzureOutboundResolver(Part):
    """Domains that Kong's VNet resolves with other DNS servers."""

    kind: Literal["azure-outbound-resolver"] = "azure-outbound-resolver"
    dns_config: dict[str, DnsServers]


AttachmentConfig = Annotated[
    AwsPrivateHostedZone
    | AwsOutboundResolver
    | GcpPrivateHostedZone
    | AzurePrivateHostedZone
    | AzureOutboundResolver,
    Field(discriminator="kind"),
]


class CloudGatewayPrivateDnsInputs(NetworkChildInputs):
    """The inputs: `CreatePrivateDnsRequest`. Both fields are required, unlike in its schema."""

    private_dns_attachment_config: AttachmentConfig


class PrivateDns(CloudGatewayObject):
    """A private DNS attachment as Konnect returns it."""

    name: str
    state: str
    state_metadata: dict[str, Any] = {}
    private_dns_attachment_config: dict[str, Any]


def judge_ready(item: Json) -> readiness.Verdict[PrivateDns]:
    """Ready when the attachment resolves."""
    if item["state"] == "ready":
        return readiness.Ready(PrivateDns.model_validate(item))
    verdict = unready(item)
    if item["state"] == "pending-association":
        return replace(verdict, reason="; ".join(filter(None, (verdict.reason, next_step(item)))))
    return verdict


def next_step(item: Json) -> str:
    """What the customer has to do for an attachment in ``pending-association``."""
    config = item.get("private_dns_attachment_config") or {}
    match config.get("kind"):
        case "aws-private-hosted-zone-attachment":
            return (
                f"the owner of hosted zone {config.get('hosted_zone_id')} must authorise Kong's "
                "VPC: aws route53 create-vpc-association-authorization"
            )
        case "gcp-private-hosted-zone-attachment":
            return (
                f"project {config.get('peer_project_id')} must grant roles/dns.peer to Kong, and "
                f"network {config.get('peer_vpc_name')} must see a private zone of "
                f"{config.get('domain_name')}"
            )
        case "azure-private-hosted-zone-attachment":
            return (
                f"Kong's service principal needs a role with virtualNetworkLinks/write on private "
                f"DNS zone {config.get('domain_name')} in resource group "
                f"{config.get('peer_resource_group_id')}"
            )
    return ""


def judge_pending(item: Json) -> readiness.Verdict[PrivateDns]:
    """Ready when the customer can authorise it, or when it resolves."""
    if item["state"] in ("pending-association", "ready"):
        return readiness.Ready(PrivateDns.model_validate(item))
    return unready(item)


def judge_listed(item: Json) -> readiness.Verdict[PrivateDns]:
    """Ready in any state."""
    return readiness.Ready(PrivateDns.model_validate(item))


class CloudGatewayPrivateDnsProvider(NetworkChildProvider[CloudGatewayPrivateDnsInputs]):
    """CRUD of a private DNS attachment.

    Konnect documents a DELETE only in the states `ready` and `error`. So a refused DELETE of an
    attachment that waits for its authorisation is retried too.
    """

    Inputs = CloudGatewayPrivateDnsInputs
    noun = "private DNS attachment"
    segment = "networks/{network_id}/private-dns"
    transitional = frozenset({"created", "initializing", "pending-association"})

    def change(
        self, client: Client, id_: str, inputs: CloudGatewayPrivateDnsInputs, changed: Sequence[str]
    ) -> Json:
        """Send name and config, because a name alone would match both documented request bodies."""
        props = {"network_id": inputs.network_id}
        action = f"updating {self.called(inputs)}"
        return self.answered(client.patch(self.path(props, id_), action, self.body(inputs)), props)

    def judge(self, remote: Json) -> readiness.Verdict[Any]:
        return judge_ready(remote)

    def replacements(self, changed: Sequence[str], olds: Props, news: Props) -> list[str]:
        """Every change of a hosted zone is a replacement. For a resolver only its kind is."""
        configs = (props.get("private_dns_attachment_config") for props in (olds, news))
        old, new = (part.get("kind") if isinstance(part, dict) else None for part in configs)
        if old == new and old in RESOLVERS:
            return super().replacements(changed, olds, news)
        return list(changed)

    def remote_inputs(self, remote: Json) -> Json:
        config = dict(remote.get("private_dns_attachment_config") or {})
        if isinstance(config.get("dns_config"), dict):
            # Konnect's schema allows other fields per domain. Keep only the known ones.
            config["dns_config"] = {
                domain: {key: servers.get(key) for key in DnsServers.model_fields}
                for domain, servers in config["dns_config"].items()
            }
        return {**super().remote_inputs(remote), "private_dns_attachment_config": config}


_ADVICE: Final = (
    "A hosted zone waits for the customer's side: the association authorisation in AWS, "
    "`roles/dns.peer` in GCP, the role assignment in Azure"
)


class CloudGatewayPrivateDns(NetworkChild, module="konnect", name="CloudGatewayPrivateDns"):
    """A private DNS attachment. Terraform: `konnect_cloud_gateway_private_dns`.

    ``private_dns_attachment_config`` is a mapping with ``kind`` (one of five) and its fields.
    The ``dns_config`` of a resolver maps a domain to ``{remote_dns_server_ip_addresses: [...]}``.
    Only the ``dns_config`` and ``name`` of a resolver are updated in place. Any other change
    replaces the attachment. ``ready_timeout`` is in seconds (default 30 minutes). Without
    ``awaited``, ``pending`` and ``ready`` are the attachment as Konnect lists it, in any state.
    Source: `/v2/cloud-gateways/networks/{networkId}/private-dns`.
    """

    private_dns_attachment_config: pulumi.Output[Mapping[str, Any]]

    def __init__(
        self,
        resource_name: str,
        *,
        network_id: pulumi.Input[str],
        name: pulumi.Input[str],
        private_dns_attachment_config: pulumi.Input[Mapping[str, Any]],
        ready_timeout: float = READY_TIMEOUT,
        awaited: bool = True,
        adopt_existing_id: pulumi.Input[str] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        provider = CloudGatewayPrivateDnsProvider()
        super().__init__(provider, resource_name, locals(), ready_timeout, opts)
        self._awaited = awaited

    @cached_property
    def pending(self) -> pulumi.Output[PrivateDns]:
        """The attachment, once the customer can authorise the zone. A resolver, once it is ready.

        Raises FailedStateError or DeadlineError.
        """
        return self._until(judge_pending if self._awaited else judge_listed)

    @cached_property
    def ready(self) -> pulumi.Output[PrivateDns]:
        """The attachment, once it resolves. Raises FailedStateError or DeadlineError."""
        return self.ready_after()

    def ready_after(self, *customer_side: pulumi.Resource) -> pulumi.Output[PrivateDns]:
        """Like ``ready``, but fails at once if a resource of ``customer_side`` fails."""
        judge = judge_ready if self._awaited else judge_listed
        return self._until(judge, *customer_side, advice=_ADVICE)
