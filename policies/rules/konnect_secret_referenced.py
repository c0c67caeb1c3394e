"""Secrets must not be literals: they must be vault references, or outputs of other resources.

Everyone who can read Konnect's configuration can read a literal secret. A `{vault://...}`
reference does not reveal it, and a rotated secret needs no `up`.

Kong's plugin schemas mark secret fields (`x-encrypted`). The secret fields of custom plugins and of
vaults, and headers that a plugin sends, are recognised by common names. The engine records the
dependencies of a property, not of a field: if any field of a config comes from another resource, no
field of that config is reported. API keys and the secrets of JWT credentials are not checked: Kong
accepts no references there, and generates omitted values, which the engine shows in the same way as
literals.
Source: Gateway 3.15 plugin schemas; Control Planes Config API, ``Partial*``, ``Certificate``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any, Final

from pulumi_policy import PolicyResource, Severity
from pulumi_policy.proxy import UnknownValueError

from multicloudgateway import published
from policies import types
from policies.rule import Config, Unknowns, Violation, of_type, stack_rule
from policies.values import leaves

_SECRETS: Final = frozenset(
    {
        "access_key",
        "actor_token",
        "api_key",
        "authorization",
        "aws_access_key_id",
        "aws_secret_access_key",
        "azure_client_secret",
        "client_secret",
        "gcp_service_account_json",
        "header_value",
        "hmac_key",
        "http_proxy_authorization",
        "https_proxy_authorization",
        "param_value",
        "passphrase",
        "password",
        "private_key",
        "secret",
        "secret_id",
        "sentinel_password",
        "session_secret",
        "token",
    }
)
"""Names of secret fields of custom plugins and vaults, and of headers, whatever the plugin."""

_NO_SECRETS: Final = frozenset(
    {"account_email", "clientid", "eab_kid", "http_endpoint", "idp_certificate", "key_id"}
    | {"user", "username"}
)
"""Names of fields that Kong marks, and that may be written: they identify, and give no access."""

_NONE: Final[frozenset[str]] = frozenset()

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
    encrypted = _encrypted(resource)
    for path, value in leaves(resource.props):
        if path[0] not in written:
            continue
        if len(path) > 1 and not (_kong_path(path[1:]) in encrypted or _is_secret(path)):
            continue
        if isinstance(value, UnknownValueError):
            unknowns.errors.append((resource.name, value))
        elif isinstance(value, str) and value and not _is_reference(value):
            yield ".".join(path)


def _encrypted(resource: PolicyResource) -> frozenset[str]:
    """The fields that Kong's schemas mark, of the plugin or the type of partial if it is known."""
    with suppress(KeyError, UnknownValueError):
        if resource.resource_type == types.PLUGIN:
            plugin = published.newest_plugin(resource.props["name"])
            return _marked(plugin.config) if plugin else _NONE
        if resource.resource_type == types.PARTIAL:
            schema = published.partial(resource.props["type"])
            return _marked(schema) if schema else _NONE
    return _NONE


def _marked(schema: published.Schema) -> frozenset[str]:
    marked = published.paths(schema, published.is_encrypted)
    return frozenset(path for path in marked if path.rpartition(".")[2] not in _NO_SECRETS)


def _kong_path(path: Sequence[str]) -> str:
    """Write a path as `published.paths` does: ``targets[].auth``; a list's items have its path."""
    text = ""
    for key in path:
        text += "[]" if key.isdigit() else f".{key}"
    return text.removeprefix(".").removesuffix("[]")


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
