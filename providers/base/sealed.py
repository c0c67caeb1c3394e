"""Make each credential inside a plugin's or partial's config a Pulumi secret.

A config is one free mapping. Kong's schemas mark some of its fields as encrypted. Only those
fields become secrets, so the rest of the config stays readable in state and in previews. A
`{vault://...}` reference holds no secret and stays readable too.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import pulumi
from pulumi.runtime import rpc

Encrypted = Callable[[str], bool]
"""Whether the field at a path (``auth.header_value``, ``targets[].auth``) is a credential."""

_NAMED: Final = re.compile(
    "password|passphrase|secret|token|credential|private_key|api_key|access_key|hmac_key|cert_key"
    "|header_value|param_value|service_account_json"
)


def is_reference(value: object) -> bool:
    """Whether a value is a vault reference. The gateway resolves it: Konnect has no secret."""
    return isinstance(value, str) and value.startswith("{vault://")


def encrypted_in(
    credentials_of: Callable[[str], frozenset[str] | None], kind: pulumi.Input[str]
) -> Encrypted:
    """A test of which fields in the config of a plugin or a type of partial are credentials.

    ``credentials_of`` returns the paths of the credentials of a kind, or None for a kind without a
    schema: then field names decide. If ``kind`` is not known yet, every field is a credential.
    """
    if not isinstance(kind, str):
        return lambda _: True
    paths = credentials_of(kind)
    if paths is not None:
        return lambda path: path in paths
    return lambda path: names_a_credential(path.rpartition(".")[2])


def names_a_credential(name: str) -> bool:
    """Whether a field or variable of this name holds a credential, as far as the name tells."""
    return bool(_NAMED.search(name.lower()))


def marked(value: object) -> Any:
    """A secret in the wire format that a provider sends to the engine."""
    return {rpc._special_sig_key: rpc._special_secret_sig, "value": value}


def sealed(
    value: Any,
    encrypted: Encrypted,
    secret: Callable[[str], Any] = pulumi.Output.secret,
    path: str = "",
    inside: bool = False,
) -> Any:
    """``value`` with a Pulumi secret in place of each credential that is written in clear.

    A value that is not known yet is searched once it is known. It is then a secret as a whole if
    it holds a credential. ``inside`` says that ``value`` is part of a credential.
    """
    if isinstance(value, str):
        return secret(value) if inside and not is_reference(value) else value
    if isinstance(value, Mapping):
        fields = {}
        for key, item in value.items():
            field = f"{path}.{key}" if path else str(key)
            fields[key] = sealed(item, encrypted, secret, field, inside or encrypted(field))
        return fields
    if isinstance(value, Sequence):
        return [sealed(item, encrypted, secret, f"{path}[]", inside) for item in value]
    if value is None or isinstance(value, bool | int | float):
        return value
    return pulumi.Output.from_input(value).apply(
        lambda known: pulumi.Output.from_input(sealed(known, encrypted, secret, path, inside))
    )
