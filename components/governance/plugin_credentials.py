"""Finds credentials that are written in plain text in the config of a plugin.

Kong's schemas mark the fields that hold credentials. Headers that a plugin sends or adds may hold
one too: their names decide.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from components.problems import Path
from providers.base.sealed import Encrypted, encrypted_in, is_reference
from providers.konnect.core_entities.plugin_facts import partial_credentials, plugin_credentials

_NAMES: Final = frozenset(
    {"account_email", "clientid", "eab_kid", "http_endpoint", "idp_certificate", "key_id"}
    | {"user", "username"}
    # Of vaults, where names decide: paths, an address, and the prefix of environment variables.
    | {"approle_secret_id_file", "credentials_prefix", "kube_api_token_file"}
    | {"oauth2_token_endpoint"}
)
"""Fields that count as credentials and may be written: they identify, and give no access."""

_CARRIES: Final = re.compile(
    r"auth|cookie|credential|passw|secret|token|api-?_?key|access-?_?key|x-honeycomb-team", re.I
)
"""Names of headers and arguments that carry a credential."""

_ADDED: Final = frozenset({"add", "append", "replace"})
"""Fields of the transformers whose ``headers``, ``querystring`` and ``body`` are ``name:value``."""


def clear_credentials(plugin: str, config: Mapping[str, Any]) -> Iterator[Path]:
    """The paths of credentials in a plugin's config that are neither references nor empty."""
    yield from _found(config, encrypted_in(plugin_credentials, plugin))
    yield from clear_in_pairs(config)


def clear_in_pairs(config: Mapping[str, Any]) -> Iterator[tuple[str, str, int]]:
    """The paths of credentials in the ``name:value`` pairs that a transformer adds."""
    for action in _ADDED & config.keys():
        parts = config[action]
        for part, pairs in parts.items() if isinstance(parts, Mapping) else ():
            for index, pair in enumerate(pairs if isinstance(pairs, list | tuple) else ()):
                name, _, value = str(pair).partition(":")
                clear = value and not is_reference(value.strip()) and not is_reference(pair)
                if clear and _CARRIES.search(name):
                    yield action, part, index


def clear_in_embeddings(config: Mapping[str, Any]) -> Iterator[Path]:
    """The paths of credentials in the config of an embeddings partial."""
    return _found(config, encrypted_in(partial_credentials, "embeddings"))


def clear_in_vault(config: Mapping[str, Any]) -> Iterator[Path]:
    """The paths of credentials in the config of a vault, by the names of its fields."""
    return _found(config, encrypted_in(lambda _: None, "vault"))


def _found(
    value: Any, encrypted: Encrypted, path: Path = (), dotted: str = "", inside: bool = False
) -> Iterator[Path]:
    """The credentials at and below a value. ``inside`` says that it is part of one."""
    if isinstance(value, str):
        if inside and value and not is_reference(value):
            yield path
    elif isinstance(value, Mapping):
        for key, item in value.items():
            field = f"{dotted}.{key}" if dotted else str(key)
            marked = encrypted(field) and key not in _NAMES
            if marked and isinstance(item, Mapping):
                for name, sent in item.items():
                    carries = bool(_CARRIES.search(str(name)))
                    yield from _found(sent, encrypted, (*path, str(key), str(name)), "", carries)
            else:
                yield from _found(item, encrypted, (*path, str(key)), field, inside or marked)
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            yield from _found(item, encrypted, (*path, index), f"{dotted}[]", inside)
