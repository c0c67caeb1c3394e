"""TLS certificates of a gateway with their private keys, `core-entities/certificates`.

A certificate has no name, so it is looked up by its text. A renewed certificate updates the
entity in place: the server names that refer to it (`GatewaySni`) keep their references.
Konnect's responses may omit the private keys, so a missing key is not drift.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Annotated, Final

import pulumi
from pydantic import AfterValidator
from pydantic_core import PydanticCustomError

from providers.base import model
from providers.base.http import Json
from providers.base.model import CREDENTIAL
from providers.konnect.core_entities.base import CoreEntity, CoreEntityInputs, CoreEntityProvider, E

_CERTIFICATE: Final = r"(X509 |TRUSTED )?CERTIFICATE"
_PRIVATE_KEY: Final = r"([A-Z]+ )*PRIVATE KEY"


def _text(value: str) -> str:
    """Normalize PEM text: strip surrounding white space, and use LF line ends."""
    return value.strip().replace("\r\n", "\n")


def _checked(label: str, said: str) -> Callable[[str], str]:
    block = re.compile(rf"-----BEGIN (?P<label>{label})-----\s[^-]+-----END (?P=label)-----")

    def check(value: str) -> str:
        text = _text(value)
        if text.startswith("{vault://"):
            return text
        if block.search(text) is None:
            raise PydanticCustomError("pem", f"is not PEM text of {said}")
        if label == _CERTIFICATE and "PRIVATE KEY-----" in text:
            raise PydanticCustomError(
                "pem", "contains a private key, which is not kept secret here"
            )
        return text

    return check


def _no_reference(text: str) -> str:
    if text.startswith("{vault://"):
        raise PydanticCustomError("pem", "cannot be a reference to a vault")
    return text


CertificateReference = Annotated[str, AfterValidator(_checked(_CERTIFICATE, "a certificate"))]
"""A certificate, or a chain that starts with it: PEM text or a ``{vault://...}`` reference."""
KeyReference = Annotated[str, AfterValidator(_checked(_PRIVATE_KEY, "a private key"))]
"""A private key: PEM text or a ``{vault://...}`` reference."""
CertificateText = Annotated[CertificateReference, AfterValidator(_no_reference)]
"""A certificate as PEM text, where Konnect accepts no vault reference."""


class CertificateProvider(CoreEntityProvider[E]):
    """CRUD of an entity that has no name and is looked up by the text of its certificate."""

    natural_key = ("control_plane_id", "cert")

    def called(self, inputs: E) -> str:
        """The noun alone: the certificate's text is too long for a message."""
        return self.noun

    def same(self, entity: Json, inputs: E) -> bool:
        return _text(entity["cert"]) == str(model.dump(inputs)["cert"])


class GatewayCertificateInputs(CoreEntityInputs):
    """`CertificateRequest`, without its shorthand fields."""

    cert: CertificateReference
    key: Annotated[KeyReference, CREDENTIAL]
    cert_alt: CertificateReference | None = None
    key_alt: Annotated[KeyReference | None, CREDENTIAL] = None


class GatewayCertificateProvider(CertificateProvider[GatewayCertificateInputs]):
    """CRUD of a certificate."""

    Inputs = GatewayCertificateInputs
    noun = "certificate"
    segment = "certificates"
    outputs = ("created_at", "updated_at", "snis")


class GatewayCertificate(CoreEntity, module="konnect", name="GatewayCertificate"):
    """A TLS certificate with its private key (`konnect_gateway_certificate`).

    ``cert`` is PEM text: the certificate, then its intermediate certificates, if any. ``key`` is
    its private key as PEM text. ``cert_alt`` and ``key_alt`` are a second pair with another
    algorithm (such as ECDSA besides RSA), for clients that support and prefer it. Each of the
    four may be a ``{vault://...}`` reference instead. The keys are always secrets.
    Source: `core-entities/certificates`.
    """

    cert: pulumi.Output[str]
    key: pulumi.Output[str]
    cert_alt: pulumi.Output[str | None]
    key_alt: pulumi.Output[str | None]
    snis: pulumi.Output[Sequence[str] | None]
    """Server names, if Konnect returns them. To add one, declare a `GatewaySni`."""

    def __init__(
        self,
        resource_name: str,
        *,
        control_plane_id: pulumi.Input[str],
        cert: pulumi.Input[str],
        key: pulumi.Input[str],
        cert_alt: pulumi.Input[str] | None = None,
        key_alt: pulumi.Input[str] | None = None,
        tags: pulumi.Input[Sequence[pulumi.Input[str]]] | None = None,
        adopt_existing_id: pulumi.Input[str] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__(GatewayCertificateProvider(), resource_name, locals(), opts)
