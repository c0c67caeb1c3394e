"""No secret is written in a program: a vault holds it, or another resource makes it.

Whoever can read Konnect's configuration reads what is written there. A `{vault://...}` reference
tells them nothing, and a rotated secret needs no `up`.

What is a secret, Kong's plugin schemas say (`x-encrypted`); those of custom plugins are told by
usual names. The engine knows by property, not by field, which resource a value comes from: in a
config that takes anything from another resource, nothing is called written. A consumer's key and
the secret of a JWT credential are no matter of this rule: Kong takes no reference there and makes
them up if nothing is given, which the engine shows alike.
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
"""Names of fields, as Kong marks them and as custom plugins and vaults call theirs."""

_PRIVATE_IN_JWK: Final = frozenset({"d", "dp", "dq", "k", "oth", "p", "q", "qi", "r", "t"})

_WRITTEN_IN: Final = {
    types.PLUGIN: ("config",),
    types.PARTIAL: ("config",),
    types.VAULT: ("config",),
    types.CERTIFICATE: ("key", "key_alt"),
}
"""Type token to the properties in which secrets may be."""


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
