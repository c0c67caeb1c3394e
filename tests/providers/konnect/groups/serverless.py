"""Serverless gateways of the first generation."""

from __future__ import annotations

from collections.abc import Callable

from providers.konnect.cloud_gateways import serverless
from tests.providers.konnect.case import Case
from tests.providers.konnect.example import OTHER, PLANE, Example, Props
from tests.providers.konnect.groups.certificates import CERT, KEY, RENEWED, RENEWED_KEY
from tests.providers.konnect.local_konnect import PLANES, LocalKonnect

SERVERLESS = Example(
    serverless.ServerlessCloudGatewayProvider,
    serverless.ServerlessCloudGateway,
    full={
        "control_plane": {"id": PLANE, "prefix": "518da50bf7", "region": "eu"},
        "cluster_cert": CERT,
        "cluster_cert_key": KEY,
        "labels": {"env": "prod"},
        "adopt_existing_id": PLANE,
    },
    least={
        "control_plane": {"id": PLANE, "prefix": "518da50bf7", "region": "eu"},
        "cluster_cert": CERT,
        "cluster_cert_key": KEY,
    },
    replaces={"control_plane": {"id": OTHER, "prefix": "628pl51cg1", "region": "us"}},
    refused={
        "cluster_cert": RENEWED,
        "cluster_cert_key": RENEWED_KEY,
        "labels": {"env": "dev"},
    },
)

EXAMPLES: tuple[Example, ...] = (SERVERLESS,)


def a_control_plane(konnect: LocalKonnect, name: str = "serverless") -> Props:
    """A control plane for a serverless gateway, as the gateway refers to it."""
    id_ = konnect.plane(name, cluster_type="CLUSTER_TYPE_SERVERLESS")
    endpoint = konnect.call("GET", f"{PLANES}/{id_}")["config"]["control_plane_endpoint"]
    prefix = endpoint.removeprefix("https://").partition(".")[0]
    return {"id": id_, "prefix": prefix, "region": "us"}


def a_gateway(konnect: LocalKonnect) -> Case:
    """A serverless gateway."""
    plane = a_control_plane(konnect)
    return Case(
        SERVERLESS.provider,
        f"control-planes/{plane['id']}/serverless-cloud-gateways",
        inputs={
            "control_plane": plane,
            "cluster_cert": CERT,
            "cluster_cert_key": KEY,
            "labels": {"env": "prod"},
        },
        change={},
        fixed={"labels": {"env": "dev"}},
    )


CASES: dict[str, Callable[[LocalKonnect], Case]] = {"ServerlessCloudGateway": a_gateway}
