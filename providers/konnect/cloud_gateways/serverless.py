"""Serverless gateways of the first generation: `/v0/serverless-cloud-gateways`, a beta.

Konnect's later serverless gateways are a `GatewayControlPlane` of type CLUSTER_TYPE_SERVERLESS_V1
with a `CloudGatewayConfiguration` of kind ``serverless.v1``: use these for new ones. Kong publishes
this API in its SDKs only. A control plane has one such gateway, so the id here is the control
plane's. There is no update, and Konnect never returns the certificate and its key.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

import pulumi
from pulumi import dynamic
from pydantic import Field

from providers.base import model
from providers.base.errors import NotFoundError, ProviderError
from providers.base.http import Json
from providers.base.model import CREDENTIAL, IMMUTABLE, Inputs, Part, Props
from providers.konnect.client import Client
from providers.konnect.control_planes.control_plane import label_form_problems
from providers.konnect.crud import PlacedProvider, plane_is_marked
from providers.konnect.ownership import Owner
from providers.konnect.resource import KonnectResource

_RESERVED = ("kong", "konnect", "mesh", "kic", "_")
"""What the key of a label may not begin with."""


class ServerlessControlPlane(Part):
    """The control plane of a serverless gateway."""

    id: Annotated[str, Field(min_length=1)]
    prefix: Annotated[str, Field(min_length=1)]
    region: Literal["us", "eu", "au"]


class ServerlessCloudGatewayInputs(Inputs):
    """`CreateServerlessCloudGatewayRequest`."""

    control_plane: Annotated[ServerlessControlPlane, IMMUTABLE]
    cluster_cert: Annotated[str, IMMUTABLE, CREDENTIAL, Field(min_length=1)]
    cluster_cert_key: Annotated[str, IMMUTABLE, CREDENTIAL, Field(min_length=1)]
    labels: Annotated[dict[str, str], IMMUTABLE] = {}

    def problems(self) -> Iterator[tuple[str, str]]:
        """Each broken rule for labels."""
        for reason in label_form_problems(self.labels, _RESERVED):
            yield "labels", reason


class ServerlessCloudGatewayProvider(PlacedProvider[ServerlessCloudGatewayInputs]):
    """Create, read and delete a serverless gateway. Konnect cannot update one."""

    Inputs = ServerlessCloudGatewayInputs
    noun = "serverless cloud gateway"
    root = "/v0/"
    segment = "serverless-cloud-gateways"
    natural_key = ("control_plane",)
    outputs = ("gateway_endpoint", "created_at", "updated_at")

    def id_of(self, remote: Json) -> str:
        return str(remote["control_plane"]["id"])

    def called(self, inputs: ServerlessCloudGatewayInputs) -> str:
        """The gateway in messages, by its control plane."""
        return f"{self.noun} of control plane {inputs.control_plane.id}"

    def diff(self, _id: str, _olds: Props, _news: Props) -> dynamic.DiffResult:
        """Compare, and refuse every change but that of the control plane.

        A replacement on the same control plane would delete the live gateway first.
        """
        result = super().diff(_id, _olds, _news)
        if result.delete_before_replace:
            raise ProviderError(
                f"{self.noun} of control plane {_id}: {', '.join(result.replaces or [])} cannot "
                "change while it is live. Konnect has no update for it, and a control plane has "
                "one such gateway, so a replacement would delete it and interrupt its traffic. "
                "Nothing was changed. If the interruption is wanted, delete it first (pulumi "
                "destroy --target with its URN), then run pulumi up. Otherwise create a gateway "
                "on another control plane"
            )
        return result

    def find(self, client: Client, inputs: ServerlessCloudGatewayInputs) -> Json | None:
        try:
            return self.fetch(client, inputs.control_plane.id, model.dump(inputs))
        except NotFoundError:
            return None

    def marked(
        self, client: Client, remote: Json, inputs: ServerlessCloudGatewayInputs, owner: Owner
    ) -> bool:
        return plane_is_marked(client, inputs.control_plane.id, owner)


class ServerlessCloudGateway(KonnectResource, module="konnect", name="ServerlessCloudGateway"):
    """A serverless gateway of the first generation. Terraform: `konnect_serverless_cloud_gateway`.

    ``control_plane`` is a mapping of ``id``, ``prefix`` (the first label of the control plane's
    endpoint) and ``region``, which is one of ``us eu au``; the control plane is of type
    CLUSTER_TYPE_SERVERLESS. ``cluster_cert`` and ``cluster_cert_key`` are PEM text, and Pulumi
    secrets however they are written. Konnect cannot update the gateway. Another control plane
    replaces it; every other change is refused at preview with a ProviderError, because the
    replacement would delete the live gateway first. Source: `/v0/serverless-cloud-gateways`.
    """

    control_plane: pulumi.Output[Mapping[str, str]]
    cluster_cert: pulumi.Output[str]
    cluster_cert_key: pulumi.Output[str]
    labels: pulumi.Output[Mapping[str, str]]
    gateway_endpoint: pulumi.Output[str]
    """The host name of the gateway."""
    created_at: pulumi.Output[str]
    updated_at: pulumi.Output[str]

    def __init__(
        self,
        resource_name: str,
        *,
        control_plane: pulumi.Input[Mapping[str, Any]],
        cluster_cert: pulumi.Input[str],
        cluster_cert_key: pulumi.Input[str],
        labels: pulumi.Input[Mapping[str, pulumi.Input[str]]] | None = None,
        adopt_existing_id: pulumi.Input[str] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__(ServerlessCloudGatewayProvider(), resource_name, locals(), opts)
