"""The plugins that an environment declares: its preset, its rate limit and its own, merged."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from components.governance import (
    PRESETS,
    GovernanceChoice,
    PluginDeclaration,
    VaultArgs,
    declarations,
)
from components.governance.declarations import Scope
from components.governance.governance import RATE_LIMITING
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
    component makes it. ``cache`` is whether there is one: without, nothing is synchronised.
    """
    preset = PRESETS[governance.preset].plugins if governance.preset else {}
    written = {
        key: None if one is None else one.model_dump(exclude_unset=True)
        for key, one in governance.plugins.items()
    }
    layers: list[Any] = [preset, written]
    if rate_limit is not None and (RATE_LIMIT in preset or written.get(RATE_LIMIT) is not None):
        layers.insert(1, {RATE_LIMIT: _short_form(rate_limit, cache)})
    return declarations(*layers)


def all_plugins(
    governance: GovernanceSettings, rate_limit: RateLimit | None, *, cache: bool
) -> dict[str, PluginDeclaration]:
    """The declarations with the plugin that the component makes of ``rate_limit``."""
    declared = declared_plugins(governance, rate_limit, cache=cache)
    if rate_limit is not None and limits_by_short_form(governance):
        declared |= declarations({RATE_LIMIT: _short_form(rate_limit, cache)})
    return declared


def _short_form(rate: RateLimit, cache: bool) -> dict[str, Any]:
    config: dict[str, Any] = {"limit": [rate.limit], "window_size": [rate.window_size]}
    if cache:
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
    encrypted = encrypted_in(plugin_credentials, declared.plugin)
    overrides = {
        plane: None if one is None else replace(one, config=sealed(one.config, encrypted))
        for plane, one in declared.control_planes.items()
    }
    config = sealed(declared.config, encrypted)
    return replace(declared, config=config, control_planes=overrides)
