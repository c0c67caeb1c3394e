"""The load balancer of a region, in front of a gateway that is reached by private addresses."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from components.load_balancers.base import KINDS, LoadBalancerChoice, LoadBalancerKind
from components.regions import Cloud
from stacks.models.base import Cidr, Model
from stacks.models.zones import Name


class LoadBalancerSettings(Model):
    """A load balancer in the landing whose targets are the gateway's private addresses."""

    kind: Annotated[LoadBalancerKind | None, Field(examples=["network"])] = None
    """AWS: ``network`` passes TLS through to the gateway, ``application`` ends it with a
    certificate of yours. ``network`` when it is left out. Azure: ``application``."""
    internal: Annotated[bool, Field(examples=[True])] = True
    """Whether only private networks reach it; else it has public addresses."""
    clients: Annotated[tuple[Cidr, ...], Field(examples=[["10.0.0.0/8"]])] = ()
    """AWS: CIDR blocks of the clients. Left out: the landing, or all if it is not internal."""
    certificate_arn: Annotated[
        str | None,
        Field(
            pattern=r"^arn:aws:acm:[a-z0-9-]+:\d{12}:certificate/[0-9a-f-]+$",
            examples=["arn:aws:acm:us-east-2:111122223333:certificate/0a1b2c3d"],
        ),
    ] = None
    """AWS, kind ``application``: the certificate, in the region."""
    web_acl_arn: Annotated[
        str | None,
        Field(
            pattern=r"^arn:aws:wafv2:[a-z0-9-]+:\d{12}:regional/webacl/[^/]+/[0-9a-f-]+$",
            examples=["arn:aws:wafv2:us-east-2:111122223333:regional/webacl/edge/0a1b2c3d"],
        ),
    ] = None
    """AWS, kind ``application``: the WAF web ACL, in the region."""
    certificate_secret_id: Annotated[
        str | None,
        Field(
            pattern=r"^https://[A-Za-z0-9-]{3,24}\.vault\.azure\.net/secrets/[A-Za-z0-9-]{1,127}$",
            examples=["https://team.vault.azure.net/secrets/api"],
        ),
    ] = None
    """Azure: the URL of the certificate in a key vault, without a version, so that its renewals are
    used."""
    identity_id: Annotated[
        str | None,
        Field(
            pattern=r"^/subscriptions/[0-9a-f-]{36}/resourceGroups/[^/]+/providers/"
            r"Microsoft\.ManagedIdentity/userAssignedIdentities/[^/]+$",
            examples=[
                "/subscriptions/0a1b2c3d-0000-4000-8000-00000000bbbb/resourceGroups/edge/providers/"
                "Microsoft.ManagedIdentity/userAssignedIdentities/reader"
            ],
        ),
    ] = None
    """Azure: the id of the user-assigned identity that may read the certificate."""
    gateway_name: Annotated[Name | None, Field(examples=["api.example.com"])] = None
    """Azure: the name in the gateway's certificate: a custom domain of its control plane."""
    subnet_ids: Annotated[
        dict[Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,30}$")], str],
        Field(examples=[{"use2-az1": "subnet-0a1b2c3d", "use2-az2": "subnet-4e5f6a7b"}]),
    ] = {}
    """AWS: ids of its subnets, by names that never change. GCP, in a landing that is given: the one
    subnetwork of its address. Left out: created in the landing."""

    def chosen(self, cloud: Cloud) -> LoadBalancerChoice:
        """The load balancer, with the default kind of the cloud. Raises KeyError without one."""
        return LoadBalancerChoice(
            kind=self.kind or KINDS[cloud][0],
            internal=self.internal,
            clients=self.clients,
            certificate_arn=self.certificate_arn,
            web_acl_arn=self.web_acl_arn,
            certificate_secret_id=self.certificate_secret_id,
            identity_id=self.identity_id,
            gateway_name=self.gateway_name,
            subnet_ids=self.subnet_ids,
        )
