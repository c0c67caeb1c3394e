"""Custom domains: public names of the control planes, with their certificates."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, Field, ValidationInfo

from stacks.errors import Problem, refusal
from stacks.models.base import Model

REFERENCE = re.compile(r"^\{vault://[^\s{}]+\}$")
"""A reference to a secret in a vault of the gateway."""


def _pem_or_reference(text: str, info: ValidationInfo) -> str:
    kind = "CERTIFICATE" if info.field_name == "cert" else "PRIVATE KEY"
    begins = re.match(rf"^\s*-----BEGIN [A-Z ]*{kind}-----", text)
    if REFERENCE.match(text) or begins:
        return text
    # The value may be a private key, so the message must not have it.
    wrong = "is neither a vault reference nor PEM"
    remedy = 'write "{vault://PREFIX/NAME}", or set the PEM with `pulumi config set --secret`'
    raise refusal(Problem((), wrong, remedy, f"({len(text)} characters)"))


Secret = Annotated[str, AfterValidator(_pem_or_reference)]


class CertificateSettings(Model):
    """A certificate of the team's own, for control planes that Konnect gives none."""

    cert: Annotated[Secret, Field(examples=["{vault://env/api-cert}"])]
    """The certificate chain: a vault reference, or PEM."""
    key: Annotated[Secret, Field(examples=["{vault://env/api-key}"])]
    """Its private key: a vault reference, or PEM that is a secret of the stack."""


class DomainSettings(Model):
    """A custom domain. Konnect gets its certificate, for one control plane."""

    control_planes: Annotated[
        tuple[Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,62}$")], ...],
        Field(examples=[["main", "gcp-us-central1"]]),
    ] = ()
    """Keys of the control planes that serve the name; all those that ``entry`` leads it to when
    none are written. Konnect gives the first its certificate."""
    certificate: Annotated[
        CertificateSettings | None,
        Field(examples=[{"cert": "{vault://env/api-cert}", "key": "{vault://env/api-key}"}]),
    ] = None
    """Certificate for the second and further control planes: Konnect makes one for one of them."""
    prefix: Annotated[
        str | None, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$", examples=["b5d3c1a09e"])
    ] = None
    """The label before gateways.konggateway.com that Konnect's console shows; the label of the
    control plane's endpoint unless written."""
