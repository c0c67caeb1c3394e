"""The plugins that an environment declares: its preset, its rate limit and its own, merged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

import pulumi

from components.governance import (
    PRESETS,
    GovernanceChoice,
    PluginDeclaration,
    VaultArgs,
    declarations,
)
from components.governance.declarations import Scope
from components.governance.governance import RATE_LIMITING
from components.governance.plugin_credentials import clear_in_pairs
from components.governance.presets import RATE_LIMIT
from providers.base.sealed import encrypted_in, sealed
from providers.konnect.core_entities.plugin_facts import partial_credentials, plugin_credentials
from stacks.models.governance import GovernanceSettings
from stacks.models.settings import RateLimit

VAULT_CREDENTIALS: Final = encrypted_in(lambda _: None, "vault")
"""Whether a field of a vault's config is a credential. Vaults have no schema: its name decides."""

Found = dict[str, dict[Scope, dict[str, str]]]
"""Ids of services, routes and consumer groups: by control plane, scope and name."""


def declared_plugins(
    governance: GovernanceSettings, rate_limit: RateLimit | None, *, cache: bool
) -> dict[str, PluginDeclaration]:
    """The declarations of an environment by key.

    ``rate_limit`` is the short form of the key ``rate-limit``. It is merged over the preset, and
    the plugins of the settings over it. It is left out here if nothing else has the key: then the
    component makes it. ``cache`` is whether there is one: without, nothing is synchronised. Kong
    refuses a synchronisation of local counters, so ``strategy: local`` drops that of the short
    form.
    """
    preset = PRESETS[governance.preset].plugins if governance.preset else {}
    written = {
        key: None if one is None else one.model_dump(exclude_unset=True)
        for key, one in governance.plugins.items()
    }
    layers: list[Any] = [preset, written]
    if rate_limit is not None and (RATE_LIMIT in preset or written.get(RATE_LIMIT) is not None):
        own = written.get(RATE_LIMIT) or {}
        short = _short_form(rate_limit, cache and not _counts_locally(own))
        short["control_planes"] = {
            plane: {"config": {"sync_rate": None}}
            for plane, override in own.get("control_planes", {}).items()
            if _counts_locally(override or {})
        }
        layers.insert(1, {RATE_LIMIT: short})
    return declarations(*layers)


def all_plugins(
    governance: GovernanceSettings, rate_limit: RateLimit | None, *, cache: bool
) -> dict[str, PluginDeclaration]:
    """The declarations with the plugin that the component makes of ``rate_limit``."""
    declared = declared_plugins(governance, rate_limit, cache=cache)
    if rate_limit is not None and limits_by_short_form(governance):
        declared |= declarations({RATE_LIMIT: _short_form(rate_limit, cache)})
    return declared


def _counts_locally(written: Mapping[str, Any]) -> bool:
    """Whether a declaration or an override has counters in each data plane."""
    return bool(written.get("config", {}).get("strategy") == "local")


def _short_form(rate: RateLimit, synchronised: bool) -> dict[str, Any]:
    config: dict[str, Any] = {"limit": [rate.limit], "window_size": [rate.window_size]}
    if synchronised:
        config["sync_rate"] = rate.sync_rate
    return {"plugin": RATE_LIMITING, "config": config}


def limits_by_short_form(governance: GovernanceSettings | None) -> bool:
    """Whether ``rate_limit`` makes the plugin itself: no declaration has or deletes its key."""
    if governance is None:
        return True
    preset = PRESETS[governance.preset].plugins if governance.preset else {}
    return RATE_LIMIT not in preset and RATE_LIMIT not in governance.plugins


def governance_choice(
    governance: GovernanceSettings | None,
    rate_limit: RateLimit | None,
    found: Found | None = None,
    *,
    cache: bool,
) -> GovernanceChoice | None:
    """The component's arguments; None when the settings have no governance.

    Credentials that are written become Pulumi secrets, so that they are in no component's inputs.
    """
    if governance is None:
        return None
    plugins = declared_plugins(governance, rate_limit, cache=cache)
    return GovernanceChoice(
        plugins={key: _sealed(one) for key, one in plugins.items()},
        consumer_groups=governance.consumer_groups,
        ca_certificates=governance.ca_certificates,
        embeddings=(
            None
            if governance.embeddings is None
            else sealed(governance.embeddings, encrypted_in(partial_credentials, "embeddings"))
        ),
        vaults={
            prefix: VaultArgs(
                vault.name, sealed(vault.config, VAULT_CREDENTIALS), vault.description
            )
            for prefix, vault in governance.vaults.items()
        },
        found=found or {},
    )


def _sealed(declared: PluginDeclaration) -> PluginDeclaration:
    overrides = {
        plane: None if one is None else replace(one, config=_sealed_config(declared, one.config))
        for plane, one in declared.control_planes.items()
    }
    config = _sealed_config(declared, declared.config)
    return replace(declared, config=config, control_planes=overrides)


def _sealed_config(declared: PluginDeclaration, config: Mapping[str, Any]) -> dict[str, Any]:
    """A config with a Pulumi secret in place of each credential.

    Kong's schemas do not mark the headers that a transformer adds, so their names decide.
    """
    result: dict[str, Any] = sealed(config, encrypted_in(plugin_credentials, declared.plugin))
    for action, part, index in clear_in_pairs(config):
        result[action][part][index] = pulumi.Output.secret(config[action][part][index])
    return result
