"""Certificates, and what refers to them."""

from __future__ import annotations

from collections.abc import Callable

from providers.konnect.control_planes import data_plane_client_certificate
from providers.konnect.core_entities import ca_certificate, certificate, sni
from tests.providers.konnect.case import Case
from tests.providers.konnect.example import ENTITY, OTHER, PLANE, Example
from tests.providers.konnect.local_konnect import LocalKonnect


def pem(content: str, label: str = "CERTIFICATE") -> str:
    """PEM text, of which nobody here reads more than the lines around it."""
    return f"-----BEGIN {label}-----\n{content}\n-----END {label}-----"


CERT = pem("Y2VydA==")
RENEWED = pem("cmVuZXdlZA==")
KEY = pem("Y2FuYXJ5LWtleS0wMTIzNDU2Nzg5", "PRIVATE KEY")
RENEWED_KEY = pem("Y2FuYXJ5LXJlbmV3ZWQta2V5LTAxMjM0", "PRIVATE KEY")
ECDSA_KEY = pem("Y2FuYXJ5LWVjZHNhLWtleS0wMTIzNA==", "EC PRIVATE KEY")

CERTIFICATE = Example(
    certificate.GatewayCertificateProvider,
    certificate.GatewayCertificate,
    full={
        "control_plane_id": PLANE,
        "cert": f"{CERT}\n{pem('aW50ZXJtZWRpYXRl')}",
        "key": KEY,
        "cert_alt": "{vault://secrets/ecdsa-cert}",
        "key_alt": ECDSA_KEY,
        "tags": ["edge", "prod"],
        "adopt_existing_id": f'{{"id": "{ENTITY}", "control_plane_id": "{PLANE}"}}',
    },
    least={"control_plane_id": PLANE, "cert": CERT, "key": "{vault://secrets/key}"},
    replaces={"control_plane_id": OTHER},
    updates={
        "cert": RENEWED,
        "key": RENEWED_KEY,
        "cert_alt": RENEWED,
        "key_alt": RENEWED_KEY,
        "tags": ["edge"],
    },
)

CA_CERTIFICATE = Example(
    ca_certificate.GatewayCaCertificateProvider,
    ca_certificate.GatewayCaCertificate,
    full={
        "control_plane_id": PLANE,
        "cert": CERT,
        "tags": ["edge", "prod"],
        "adopt_existing_id": f'{{"id": "{ENTITY}", "control_plane_id": "{PLANE}"}}',
    },
    least={"control_plane_id": PLANE, "cert": CERT},
    replaces={"control_plane_id": OTHER},
    updates={"cert": RENEWED, "tags": ["edge"]},
)

SNI = Example(
    sni.GatewaySniProvider,
    sni.GatewaySni,
    full={
        "control_plane_id": PLANE,
        "name": "*.example.com",
        "certificate": {"id": ENTITY},
        "tags": ["edge", "prod"],
        "adopt_existing_id": f'{{"id": "{ENTITY}", "control_plane_id": "{PLANE}"}}',
    },
    least={"control_plane_id": PLANE, "name": "api.example.com", "certificate": {"id": ENTITY}},
    replaces={"control_plane_id": OTHER},
    updates={"name": "example.*", "certificate": {"id": OTHER}, "tags": ["edge"]},
)

DATA_PLANE_CLIENT_CERTIFICATE = Example(
    data_plane_client_certificate.GatewayDataPlaneClientCertificateProvider,
    data_plane_client_certificate.GatewayDataPlaneClientCertificate,
    full={
        "control_plane_id": PLANE,
        "cert": CERT,
        "title": "Data planes in Ohio",
        "adopt_existing_id": f'{{"id": "{ENTITY}", "control_plane_id": "{PLANE}"}}',
    },
    least={"control_plane_id": PLANE, "cert": CERT},
    replaces={"control_plane_id": OTHER, "cert": RENEWED},
    updates={"title": "Data planes in Virginia"},
)

EXAMPLES: tuple[Example, ...] = (
    CERTIFICATE,
    CA_CERTIFICATE,
    SNI,
    DATA_PLANE_CLIENT_CERTIFICATE,
)


def a_certificate(konnect: LocalKonnect) -> Case:
    """A certificate with an alternative."""
    plane = konnect.plane()
    alternative = {"cert_alt": "{vault://secrets/ecdsa-cert}", "key_alt": ECDSA_KEY}
    return Case(
        CERTIFICATE.provider,
        f"control-planes/{plane}/core-entities/certificates",
        inputs={"control_plane_id": plane, "cert": CERT, "key": KEY, **alternative},
        change={"key": RENEWED_KEY, "tags": ["edge"]},
        fixed={},
        import_id=f'{{{{"id": "{{id}}", "control_plane_id": "{plane}"}}}}',
    )


def a_ca_certificate(konnect: LocalKonnect) -> Case:
    """A CA certificate."""
    plane = konnect.plane()
    return Case(
        CA_CERTIFICATE.provider,
        f"control-planes/{plane}/core-entities/ca_certificates",
        inputs={"control_plane_id": plane, "cert": CERT},
        change={"tags": ["edge"]},
        fixed={},
        import_id=f'{{{{"id": "{{id}}", "control_plane_id": "{plane}"}}}}',
    )


def an_sni(konnect: LocalKonnect) -> Case:
    """A server name of one of two certificates."""
    plane = konnect.plane()
    first = konnect.entity(plane, "certificates", cert=CERT, key=KEY)
    second = konnect.entity(plane, "certificates", cert=RENEWED, key=RENEWED_KEY)
    return Case(
        SNI.provider,
        f"control-planes/{plane}/core-entities/snis",
        inputs={"control_plane_id": plane, "name": "*.example.com", "certificate": {"id": first}},
        change={"certificate": {"id": second}},
        fixed={},
        import_id=f'{{{{"id": "{{id}}", "control_plane_id": "{plane}"}}}}',
    )


def a_data_plane_client_certificate(konnect: LocalKonnect) -> Case:
    """A certificate with which data planes may connect."""
    plane = konnect.plane()
    return Case(
        DATA_PLANE_CLIENT_CERTIFICATE.provider,
        f"control-planes/{plane}/dp-client-certificates",
        inputs={"control_plane_id": plane, "cert": CERT, "title": "Data planes in Ohio"},
        change={"title": "Data planes in Virginia"},
        fixed={},
        import_id=f'{{{{"id": "{{id}}", "control_plane_id": "{plane}"}}}}',
    )


CASES: dict[str, Callable[[LocalKonnect], Case]] = {
    "GatewayCertificate": a_certificate,
    "GatewayCaCertificate": a_ca_certificate,
    "GatewaySni": an_sni,
    "GatewayDataPlaneClientCertificate": a_data_plane_client_certificate,
}
