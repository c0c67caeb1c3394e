"""Control planes: `/v2/control-planes` on the host of the provider's geo.

Konnect takes `cluster_type`, `auth_type`, `cloud_gateway` and `proxy_urls` at the top level
of a request and returns them under `config`. A response does not name the geo.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Annotated, Any, Final

import pulumi
from pydantic import Field

from providers.base.http import Json
from providers.base.model import IMMUTABLE, SERVER_DEFAULT, Inputs, Part, SetOf
from providers.konnect.client import Client
from providers.konnect.crud import PlacedProvider
from providers.konnect.ownership import LABEL, Owner, without_label
from providers.konnect.resource import KonnectResource

PATH: Final = "/v2/control-planes"
LABELS_MAX: Final = 4
"""Konnect allows five user labels. One marks the stack that created the control plane."""
_LABEL_VALUE = re.compile(r"^[a-z0-9A-Z]([a-z0-9A-Z\-._]*[a-z0-9A-Z])?$")
_RESERVED = ("kong", "konnect", "insomnia", "mesh", "kic", "kuma", "_")


class ClusterType(StrEnum):
    """The type of a control plane, with the values of the Terraform provider."""

    CONTROL_PLANE = "CLUSTER_TYPE_CONTROL_PLANE"
    K8S_INGRESS_CONTROLLER = "CLUSTER_TYPE_K8S_INGRESS_CONTROLLER"
    CONTROL_PLANE_GROUP = "CLUSTER_TYPE_CONTROL_PLANE_GROUP"
    SERVERLESS = "CLUSTER_TYPE_SERVERLESS"
    SERVERLESS_V1 = "CLUSTER_TYPE_SERVERLESS_V1"
    KAFKA_NATIVE_EVENT_PROXY = "CLUSTER_TYPE_KAFKA_NATIVE_EVENT_PROXY"


class AuthType(StrEnum):
    """How data plane nodes authenticate."""

    PINNED_CLIENT_CERTS = "pinned_client_certs"
    PKI_CLIENT_CERTS = "pki_client_certs"


class ProxyUrl(Part):
    """An address of the gateway that is shown to developers."""

    host: Annotated[str, Field(min_length=1, max_length=120)]
    port: Annotated[int, Field(ge=1)]
    protocol: Annotated[str, Field(min_length=1, max_length=32)]


def label_problems(labels: Mapping[str, str]) -> Iterator[str]:
    """The problems of user labels, by Konnect's rules and the reserved label."""
    if len(labels) > LABELS_MAX:
        yield (
            f"has {len(labels)} labels, and at most {LABELS_MAX} are accepted: Konnect takes five, "
            f"and {LABEL!r} marks the stack that created the control plane"
        )
    if LABEL in labels:
        yield f"label {LABEL!r} marks the stack that created the control plane; use another key"
    yield from label_form_problems(labels, _RESERVED)


def label_form_problems(labels: Mapping[str, str], reserved: tuple[str, ...]) -> Iterator[str]:
    """The problems of the keys and values of labels. ``reserved`` are beginnings of keys."""
    for key, value in labels.items():
        if not 1 <= len(key) <= 63 or key.startswith(reserved):
            words = " ".join(reserved)
            yield f"label key {key!r} must have 1 to 63 characters and not start with: {words}"
        if not 1 <= len(value) <= 63 or not _LABEL_VALUE.match(value):
            yield (
                f"label {key!r}: value {value!r} must have 1 to 63 characters of a-z A-Z 0-9 - . _ "
                "and start and end with a letter or digit"
            )


class GatewayControlPlaneInputs(Inputs):
    """The inputs of a control plane: `CreateControlPlaneRequest`."""

    name: Annotated[str, Field(min_length=2, max_length=256)]
    description: Annotated[str, Field(max_length=2048)] = ""
    cluster_type: Annotated[ClusterType | None, IMMUTABLE, SERVER_DEFAULT] = None
    auth_type: Annotated[AuthType | None, SERVER_DEFAULT] = None
    cloud_gateway: Annotated[bool | None, IMMUTABLE, SERVER_DEFAULT] = None
    proxy_urls: Annotated[SetOf[ProxyUrl], Field(max_length=5)] = []
    labels: dict[str, str] = {}

    def problems(self) -> Iterator[tuple[str, str]]:
        """Each broken rule for labels."""
        for reason in label_problems(self.labels):
            yield "labels", reason


class GatewayControlPlaneProvider(PlacedProvider[GatewayControlPlaneInputs]):
    """CRUD of a control plane."""

    Inputs = GatewayControlPlaneInputs
    noun = "control plane"
    root = "/v2/"
    segment = "control-planes"
    regional = True
    outputs = ("created_at", "updated_at")

    def find(self, client: Client, inputs: GatewayControlPlaneInputs) -> Json | None:
        return self.living(client, PATH, inputs.name, regional=True)

    def marked(
        self, client: Client, remote: Json, inputs: GatewayControlPlaneInputs, owner: Owner
    ) -> bool:
        return bool((remote.get("labels") or {}).get(LABEL) == owner.label)

    def body(self, inputs: GatewayControlPlaneInputs) -> Json:
        return self._with_mark(super().body(inputs), inputs)

    def _with_mark(self, body: Json, inputs: GatewayControlPlaneInputs) -> Json:
        if inputs.created_by is None or "labels" not in body:
            return body
        return {**body, "labels": {**body["labels"], LABEL: Owner.parse(inputs.created_by).label}}

    def change(
        self, client: Client, id_: str, inputs: GatewayControlPlaneInputs, changed: Sequence[str]
    ) -> Json:
        body = self._with_mark(inputs.model_dump(mode="json", include=set(changed)), inputs)
        action = f"updating control plane {inputs.name!r}"
        return client.patch(f"{PATH}/{id_}", action, body, regional=True)

    def remote_inputs(self, remote: Json) -> Json:
        return {
            **remote.get("config", {}),
            **super().remote_inputs(remote),
            "labels": without_label(remote.get("labels")),
            **{
                name: remote.get("config", {}).get(name)
                for name in ("cluster_type", "auth_type", "cloud_gateway", "proxy_urls")
            },
        }

    def computed(self, remote: Json) -> Json:
        config = remote.get("config", {})
        return {
            **super().computed(remote),
            "control_plane_endpoint": config.get("control_plane_endpoint"),
            "telemetry_endpoint": config.get("telemetry_endpoint"),
        }


class GatewayControlPlane(KonnectResource, module="konnect", name="GatewayControlPlane"):
    """A control plane. Terraform: `konnect_gateway_control_plane`.

    ``name`` has 2 to 256 characters and is unique in the geo. ``cloud_gateway=True`` is required
    for dedicated cloud gateways. ``cloud_gateway`` and ``cluster_type`` are immutable: a change
    replaces the control plane. At most 4 ``labels``. Source: `/v2/control-planes`.
    """

    name: pulumi.Output[str]
    description: pulumi.Output[str]
    labels: pulumi.Output[Mapping[str, str]]
    cluster_type: pulumi.Output[str]
    auth_type: pulumi.Output[str]
    cloud_gateway: pulumi.Output[bool]
    proxy_urls: pulumi.Output[Sequence[Mapping[str, Any]]]
    control_plane_endpoint: pulumi.Output[str]
    """``https://<prefix>.<geo>.cp.konghq.com``. Data plane nodes connect to it."""
    telemetry_endpoint: pulumi.Output[str]
    created_at: pulumi.Output[str]
    updated_at: pulumi.Output[str]

    def __init__(
        self,
        resource_name: str,
        *,
        name: pulumi.Input[str],
        description: pulumi.Input[str] | None = None,
        cluster_type: pulumi.Input[str] | None = None,
        auth_type: pulumi.Input[str] | None = None,
        cloud_gateway: pulumi.Input[bool] | None = None,
        proxy_urls: pulumi.Input[Sequence[pulumi.Input[Mapping[str, Any]]]] | None = None,
        labels: pulumi.Input[Mapping[str, pulumi.Input[str]]] | None = None,
        adopt_existing_id: pulumi.Input[str] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__(GatewayControlPlaneProvider(), resource_name, locals(), opts)
