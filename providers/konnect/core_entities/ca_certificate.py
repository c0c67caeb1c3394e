"""CA certificates that a gateway trusts, `core-entities/ca_certificates`.

A CA certificate has no name, so it is looked up by its text. Konnect accepts no vault reference
here, and refuses a second entity with the same certificate in a control plane.
"""

from __future__ import annotations

from collections.abc import Sequence

import pulumi

from providers.konnect.core_entities.base import CoreEntity, CoreEntityInputs
from providers.konnect.core_entities.certificate import CertificateProvider, CertificateText


class GatewayCaCertificateInputs(CoreEntityInputs):
    """`CACertificate`."""

    cert: CertificateText


class GatewayCaCertificateProvider(CertificateProvider[GatewayCaCertificateInputs]):
    """CRUD of a CA certificate."""

    Inputs = GatewayCaCertificateInputs
    noun = "CA certificate"
    segment = "ca_certificates"
    outputs = ("created_at", "updated_at", "cert_digest")


class GatewayCaCertificate(CoreEntity, module="konnect", name="GatewayCaCertificate"):
    """A CA certificate that verifies client or upstream certificates.

    ``cert`` is the PEM text of one certificate. In Terraform: `konnect_gateway_ca_certificate`.
    Source: `core-entities/ca_certificates`.
    """

    cert: pulumi.Output[str]
    cert_digest: pulumi.Output[str | None]
    """SHA-256 of the certificate in hexadecimal digits. Konnect computes it."""

    def __init__(
        self,
        resource_name: str,
        *,
        control_plane_id: pulumi.Input[str],
        cert: pulumi.Input[str],
        tags: pulumi.Input[Sequence[pulumi.Input[str]]] | None = None,
        adopt_existing_id: pulumi.Input[str] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__(GatewayCaCertificateProvider(), resource_name, locals(), opts)
