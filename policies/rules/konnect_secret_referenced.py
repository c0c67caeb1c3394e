"""Secrets must not be literals: they must be vault references, or outputs of other resources.

Everyone who can read Konnect's configuration can read a literal secret. A `{vault://...}`
reference does not reveal it, and a rotated secret needs no `up`.

Kong's plugin schemas mark secret fields (`x-encrypted`). The secret fields of custom plugins are
recognised by common names. The engine records the dependencies of a property, not of a field: if
any field of a config comes from another resource, no field of that config is reported. API keys
and the secrets of JWT credentials are not checked: Kong accepts no references there, and generates
omitted values, which the engine shows in the same way as literals.
Source: Gateway 3.15 plugin schemas; Control Planes Config API, ``Partial*``, ``Certificate``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from pulumi_policy import PolicyResource, Severity
from pulumi_policy.proxy import UnknownValueError

from policies import types
from policies.rule import Config, Unknowns, Violation, of_type, stack_rule
from policies.values import leaves

_SECRETS: Final = frozenset(
    {
        "aws_access_key_id",
        "aws_secret_access_key",
        "azure_client_secret",
        "client_secret",
        "gcp_service_account_json",
        "header_value",
        "introspection_headers_values",
        "param_value",
        "password",
        "request_signing_key",
        "response_encryption_key",
        "sentinel_password",
        "session_secret",
    }
    | {"access_key", "api_key", "authorization", "hmac_key", "passphrase", "private_key"}
    | {"secret", "secret_id", "token"}
)
"""Names of secret fields: those that Kong marks, and common ones of custom plugins and vaults."""

_PRIVATE_IN_JWK: Final = frozenset({"d", "dp", "dq", "k", "oth", "p", "q", "qi", "r", "t"})

_WRITTEN_IN: Final = {
    types.PLUGIN: ("config",),
    types.PARTIAL: ("config",),
    types.VAULT: ("config",),
    types.CERTIFICATE: ("key", "key_alt"),
}
"""By type token: the properties that may hold secrets."""


def _check(
    resources: Sequence[PolicyResource], config: Config, unknowns: Unknowns
) -> Iterator[Violation]:
    for resource in of_type(resources, *_WRITTEN_IN):
        for path in _written(resource, unknowns):
            wrong = f"{path} is written in clear, though it is a secret"
            yield Violation(wrong, resource.urn)


def _written(resource: PolicyResource, unknowns: Unknowns) -> Iterator[str]:
    top = _WRITTEN_IN[resource.resource_type]
    written = [key for key in top if not resource.property_dependencies.get(key)]
    for path, value in leaves(resource.props):
        if path[0] not in written or not (len(path) == 1 or _is_secret(path)):
            continue
        if isinstance(value, UnknownValueError):
            unknowns.errors.append((resource.name, value))
        elif isinstance(value, str) and value and not _is_reference(value):
            yield ".".join(path)


def _is_secret(path: Sequence[str]) -> bool:
    names = [name.lower().replace("-", "_") for name in path if not name.isdigit()]
    return names[-1] in _SECRETS or ("client_jwk" in names and names[-1] in _PRIVATE_IN_JWK)


def _is_reference(value: Any) -> bool:
    return bool(value.startswith("{vault://") and value.endswith("}"))


policy = stack_rule(
    "konnect-secret-referenced",
    "Secrets of plugins, partials and certificates are referenced, not written.",
    _check,
    severity=Severity.CRITICAL,
    remedy="Put the secret into a vault (a Konnect config store is one) and write its "
    "`{vault://...}` reference, or take it from the resource that makes it.",
)
