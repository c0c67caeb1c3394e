"""Custom domains: `/v2/cloud-gateways/custom-domains`.

Konnect creates a certificate and an SNI for a public name once two CNAME records are correct. It
checks them every five minutes. There is no update. A name is unique in the organisation.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property, partial
from typing import Annotated, Any, Final, Literal

import pulumi
from pydantic import AfterValidator, Field

from providers.base import readiness
from providers.base.errors import NotFoundError
from providers.base.http import Json
from providers.base.model import IMMUTABLE, Inputs
from providers.konnect.client import Client
from providers.konnect.cloud_gateways.base import CloudGatewayObject, CloudGatewayProvider, unready
from providers.konnect.crud import GONE_STATES, plane_is_marked
from providers.konnect.ownership import Owner
from providers.konnect.resource import CloudGatewayResource, by_id, shared_collection
from providers.konnect.vocabulary import Geo

_ONLINE: Final = "online_status"
"""The key under which a listed domain has its online status, which Konnect tells separately."""
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


def judge(item: Json, acme_target: str = "") -> readiness.Verdict[CustomDomain]:
    """Ready when the domain serves with its certificate.

    Until then the reason names the record that Konnect does not see. ``acme_target`` is its target.
    """
    if item["state"] == "ready":
        return readiness.Ready(CustomDomain.model_validate(item))
    verdict = unready(item)
    online = item.get(_ONLINE) or {}
    if isinstance(verdict, readiness.Waiting) and online.get("ssl") == "unverified":
        target = f" to {acme_target}" if acme_target else ""
        record = f"no certificate yet: CNAME record _acme-challenge.{item['domain']}{target}"
        reason = f"{verdict.reason}; {record}" if verdict.reason else record
        return replace(verdict, reason=f"{reason} must exist")
    return verdict


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
    """The collection of all custom domains of the organisation.

    One that is not ready has its online status too: which of its records Konnect sees.
    """
    path = CloudGatewayCustomDomainProvider().path({})

    def with_status(item: Json) -> Json:
        if item["state"] == "ready" or item["state"] in GONE_STATES:
            return item
        try:
            status = client.get(f"{path}/{item['id']}/online-status", "reading an online status")
        except NotFoundError:
            return item
        return {**item, _ONLINE: status}

    return shared_collection(client, path, "listing custom domains", by_id, detail=with_status)


_ADVICE: Final = (
    "It waits for the CNAME record _acme-challenge.{domain} to {target}, in the public zone that "
    "answers for it, and for CAA records that allow pki.goog, if there are any"
)
_CONSOLE_TARGET: Final = "the name that the Konnect console shows"


class CloudGatewayCustomDomain(
    CloudGatewayResource, module="konnect", name="CloudGatewayCustomDomain"
):
    """A custom domain of a gateway. Terraform: `konnect_cloud_gateway_custom_domain`.

    ``control_plane_geo`` is one of ``us eu au me in sg``. ``kind`` is ``dedicated.v0`` (default)
    or ``serverless.v1``. Every change replaces the domain. The customer's DNS needs two CNAME
    records: ``DOMAIN`` to ``PREFIX.gateways.konggateway.com``, and ``_acme-challenge.DOMAIN`` to
    ``_acme-challenge.PREFIX.acme.gateways.konggateway.com``. No API returns the prefix.
    ``acme_target`` is that name, for messages about a record that is missing; it is no input.
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
        acme_target: pulumi.Input[str] | None = None,
        ready_timeout: float = READY_TIMEOUT,
        adopt_existing_id: pulumi.Input[str] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__(CloudGatewayCustomDomainProvider(), resource_name, locals(), opts)
        self._ready_timeout = ready_timeout
        self._label = f"custom domain {resource_name}"
        self._acme_target = acme_target or _CONSOLE_TARGET

    @cached_property
    def ready(self) -> pulumi.Output[CustomDomain]:
        """The domain with the ids of its certificate and SNI, once it serves.

        Raises FailedStateError or DeadlineError.
        """
        targets = pulumi.Output.all(self.domain, self._acme_target)
        return targets.apply(lambda known: self._ready(*known))

    def _ready(self, domain: str, acme_target: str) -> pulumi.Output[CustomDomain]:
        advice = _ADVICE.format(domain=domain, target=acme_target)
        return self._when(
            collection,
            partial(judge, acme_target=acme_target),
            label=self._label,
            timeout=self._ready_timeout,
            advice=advice,
        )
