"""Data-plane client certificates: data planes connect to a control plane with them.

Source: `/v2/control-planes/{id}/dp-client-certificates`. This API is older than the core entities:
a response is wrapped in `item`, a list is in `items` without paging, and there are no tags. An
update in Konnect would disconnect every data plane that still has the old certificate. So a new
certificate replaces the object: the new one is created before the old one is deleted.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import pulumi

from providers.base import model
from providers.base.http import Json
from providers.base.model import IMMUTABLE
from providers.konnect.client import Client
from providers.konnect.core_entities.base import ControlPlaneInputs
from providers.konnect.core_entities.certificate import CertificateProvider, CertificateText
from providers.konnect.resource import KonnectResource


class GatewayDataPlaneClientCertificateInputs(ControlPlaneInputs):
    """The inputs of a certificate: `DataPlaneClientCertificateRequest`."""

    cert: Annotated[CertificateText, IMMUTABLE]
    title: str | None = None


class GatewayDataPlaneClientCertificateProvider(
    CertificateProvider[GatewayDataPlaneClientCertificateInputs]
):
    """CRUD of a data-plane client certificate."""

    Inputs = GatewayDataPlaneClientCertificateInputs
    noun = "data-plane client certificate"
    root = "/v2/control-planes/{control_plane_id}/"
    segment = "dp-client-certificates"

    def answered(self, remote: Json, props: Mapping[str, Any]) -> Json:
        return super().answered(remote["item"], props)

    def find(self, client: Client, inputs: GatewayDataPlaneClientCertificateInputs) -> Json | None:
        props = model.dump(inputs)
        action = f"looking for {self.called(inputs)}"
        answer = client.get(self.path(props), action, regional=True)
        match = next((item for item in answer["items"] if self.same(item, inputs)), None)
        return match and self.answered({"item": match}, props)


class GatewayDataPlaneClientCertificate(
    KonnectResource, module="konnect", name="GatewayDataPlaneClientCertificate"
):
    """A data-plane client certificate.

    Terraform: `konnect_gateway_data_plane_client_certificate`. ``cert`` is PEM text. A change
    replaces the object: the new one is created first. ``title`` is free text.
    Source: `/v2/control-planes/{id}/dp-client-certificates`.
    """

    control_plane_id: pulumi.Output[str]
    cert: pulumi.Output[str]
    title: pulumi.Output[str | None]
    created_at: pulumi.Output[int]
    """Seconds since 1970."""
    updated_at: pulumi.Output[int]

    def __init__(
        self,
        resource_name: str,
        *,
        control_plane_id: pulumi.Input[str],
        cert: pulumi.Input[str],
        title: pulumi.Input[str] | None = None,
        adopt_existing_id: pulumi.Input[str] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        provider = GatewayDataPlaneClientCertificateProvider()
        super().__init__(provider, resource_name, locals(), opts)
