"""Custom domains: `/v2/cloud-gateways/custom-domains`.

Konnect creates a certificate and an SNI for a public name once two CNAME records are correct. It
checks them every five minutes. There is no update. A name is unique in the organisation.
"""

from __future__ import annotations

from functools import cached_property
from typing import Annotated, Any, Final, Literal

import pulumi
from pydantic import AfterValidator, Field

from providers.base import readiness
from providers.base.http import Json
from providers.base.model import IMMUTABLE, Inputs
from providers.konnect.client import Client
from providers.konnect.cloud_gateways.base import CloudGatewayObject, CloudGatewayProvider, unready
from providers.konnect.crud import GONE_STATES, plane_is_marked
from providers.konnect.ownership import Owner
from providers.konnect.resource import CloudGatewayResource, by_id, shared_collection
from providers.konnect.vocabulary import Geo

READY_TIMEOUT: Final = 3600.0
"""Seconds. The DNS records must propagate before Konnect sees them."""


class CloudGatewayCustomDomainInputs(Inputs):
    """The inputs of a custom domain: `CreateCustomDomainRequest`. ``domain`` ignores case."""

    control_plane_id: Annotated[str, IMMUTABLE]
    control_plane_geo: Annotated[Geo, IMMUTABLE]
    domain: Annotated[str, IMMUTABLE, Field(min_length=1), AfterValidator(str.lower)]
    kind: Annotated[Literal["dedicated.v0", "serverless.v1"], IMMUTABLE] = "dedicated.v0"


class CustomDomain(CloudGatewayObject):
    """A custom domain as Konnect returns it."""

    control_plane_id: str
    control_plane_geo: str
    domain: str
    kind: str = "dedicated.v0"
    certificate_id: str | None = None
    """The id of the certificate, a core entity of the control plane."""
    sni_id: str | None = None
    """The id of the SNI, a core entity of the control plane."""
    state: str
    state_metadata: dict[str, Any] = {}


def judge(item: Json) -> readiness.Verdict[CustomDomain]:
    """Ready when the domain serves with its certificate."""
    if item["state"] == "ready":
        return readiness.Ready(CustomDomain.model_validate(item))
    return unready(item)


class CloudGatewayCustomDomainProvider(CloudGatewayProvider[CloudGatewayCustomDomainInputs]):
    """Create, read and delete a custom domain. Every change replaces it."""

    Inputs = CloudGatewayCustomDomainInputs
    noun = "custom domain"
    natural_key = ("domain",)
    segment = "custom-domains"
    title = "domain"

    def find(self, client: Client, inputs: CloudGatewayCustomDomainInputs) -> Json | None:
        query = {"filter[domain][eq]": inputs.domain}
        for item in client.list_all(self.path({}), f"looking for {self.called(inputs)}", query):
            if item["domain"].lower() == inputs.domain and item["state"] not in GONE_STATES:
                return item
        return None

    def marked(
        self, client: Client, remote: Json, inputs: CloudGatewayCustomDomainInputs, owner: Owner
    ) -> bool:
        return plane_is_marked(client, inputs.control_plane_id, owner)

    def judge(self, remote: Json) -> readiness.Verdict[Any]:
        return judge(remote)


def collection(client: Client, _: Any = None) -> readiness.Collection:
    """The collection of all custom domains of the organisation."""
    path = CloudGatewayCustomDomainProvider().path({})
    return shared_collection(client, path, "listing custom domains", by_id)


_ADVICE: Final = (
    "It waits for two CNAME records, of the domain itself and of _acme-challenge before it, "
    "to the names that the Konnect console shows"
)


class CloudGatewayCustomDomain(
    CloudGatewayResource, module="konnect", name="CloudGatewayCustomDomain"
):
    """A custom domain of a gateway. Terraform: `konnect_cloud_gateway_custom_domain`.

    ``control_plane_geo`` is one of ``us eu au me in sg``. ``kind`` is ``dedicated.v0`` (default)
    or ``serverless.v1``. Every change replaces the domain. The customer's DNS needs two CNAME
    records: ``DOMAIN`` to ``PREFIX.gateways.konggateway.com``, and ``_acme-challenge.DOMAIN`` to
    ``_acme-challenge.PREFIX.acme.gateways.konggateway.com``. No API returns the prefix.
    ``ready_timeout`` is in seconds (default one hour).
    Source: `/v2/cloud-gateways/custom-domains`.
    """

    control_plane_id: pulumi.Output[str]
    control_plane_geo: pulumi.Output[str]
    domain: pulumi.Output[str]
    kind: pulumi.Output[str]

    def __init__(
        self,
        resource_name: str,
        *,
        control_plane_id: pulumi.Input[str],
        control_plane_geo: pulumi.Input[str],
        domain: pulumi.Input[str],
        kind: pulumi.Input[str] | None = None,
        ready_timeout: float = READY_TIMEOUT,
        adopt_existing_id: pulumi.Input[str] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__(CloudGatewayCustomDomainProvider(), resource_name, locals(), opts)
        self._ready_timeout = ready_timeout
        self._label = f"custom domain {resource_name}"

    @cached_property
    def ready(self) -> pulumi.Output[CustomDomain]:
        """The domain with the ids of its certificate and SNI, once it serves.

        Raises FailedStateError or DeadlineError.
        """
        return self._when(
            collection, judge, label=self._label, timeout=self._ready_timeout, advice=_ADVICE
        )
