"""Governance: plugins that every control plane of the environment has, declared once."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, Field

from components.governance.presets import PresetName
from stacks.errors import Problem, refusal
from stacks.models.base import Model

Key = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,62}$")]
"""A key that never changes: it is in resource names."""

Config = dict[str, Any]


class PhaseOrder(Model):
    """Plugins by the phase in which the order is changed. Kong has it for ``access`` only."""

    access: Annotated[tuple[str, ...], Field(min_length=1, examples=[["key-auth"]])]
    """Names of plugins."""


class OrderingSettings(Model):
    """An order that differs from Kong's priorities."""

    before: Annotated[PhaseOrder | None, Field(examples=[{"access": ["key-auth"]}])] = None
    """Plugins that this one runs before."""
    after: Annotated[PhaseOrder | None, Field(examples=[{"access": ["key-auth"]}])] = None
    """Plugins that this one runs after."""


class PlaneOverrideSettings(Model):
    """What differs on one control plane."""

    config: Annotated[Config, Field(examples=[{"limit": [100]}])] = {}
    """Merged over the plugin's config, at every depth; null deletes a field."""
    enabled: Annotated[bool | None, Field(examples=[False])] = None
    """Whether the plugin runs there; as declared when left out."""


class PluginSettings(Model):
    """One plugin, the same on every control plane, except for its overrides."""

    plugin: Annotated[str | None, Field(examples=["rate-limiting-advanced"])] = None
    """Kong's name of the plugin; the key, if left out."""
    config: Annotated[Config, Field(examples=[{"limit": [5], "window_size": [60]}])] = {}
    """As Kong documents it for the plugin; credentials are vault references or secrets."""
    enabled: Annotated[bool, Field(examples=[True])] = True
    """Whether the plugin runs."""
    protocols: Annotated[
        tuple[str, ...] | None, Field(min_length=1, examples=[["http", "https"]])
    ] = None
    """Protocols of the requests for which it runs; Kong's default, if left out."""
    ordering: Annotated[
        OrderingSettings | None, Field(examples=[{"before": {"access": ["key-auth"]}}])
    ] = None
    """An order that differs from Kong's priorities."""
    condition: Annotated[
        str | None,
        Field(min_length=1, max_length=1024, examples=['http.headers.x_block == "true"']),
    ] = None
    """An expression that a request must match, at most 1024 characters; from version 3.15 on."""
    tags: Annotated[tuple[str, ...], Field(examples=[["pci"]])] = ()
    """Tags of the plugin in Konnect."""
    service: Annotated[str | None, Field(min_length=1, examples=["orders"])] = None
    """Name of the service that it is limited to, on each control plane."""
    route: Annotated[str | None, Field(min_length=1, examples=["orders-v1"])] = None
    """Name of the route that it is limited to, on each control plane."""
    consumer_group: Annotated[str | None, Field(min_length=1, examples=["gold"])] = None
    """Name of the consumer group that it is limited to, on each control plane."""
    control_planes: Annotated[
        dict[Key, PlaneOverrideSettings | None],
        Field(examples=[{"gcp-us-central1": {"config": {"limit": [100]}}}]),
    ] = {}
    """What differs, by the key of a control plane; null where the plugin is not there."""


class VaultSettings(Model):
    """A backend of vault references."""

    name: Annotated[str, Field(min_length=1, examples=["aws"])]
    """The backend: aws, gcp, azure, hcv, conjur or env."""
    config: Annotated[Config, Field(examples=[{"region": "us-east-2"}])] = {}
    """As Kong documents it for the backend; credentials are vault references or secrets."""
    description: Annotated[str | None, Field(examples=["Secrets of the platform"])] = None
    """Free text."""


def _certificate(text: str) -> str:
    """The PEM text of one certificate. Konnect takes no chain, and would store a key in clear."""
    if not text.strip().startswith("-----BEGIN CERTIFICATE-----"):
        wrong = "is not the PEM text of a certificate"
        remedy = (
            "write -----BEGIN CERTIFICATE----- and so on; Konnect takes no vault reference here"
        )
    elif text.count("-----BEGIN ") > 1:
        wrong = "has more than one part"
        remedy = "write one certificate for each key, and no private key"
    else:
        return text
    # The value may be a private key, so the message must not have it.
    raise refusal(Problem((), wrong, remedy, f"({len(text)} characters)"))


class GovernanceSettings(Model):
    """Plugins of every control plane, and what they need."""

    preset: Annotated[PresetName | None, Field(examples=["public-api"])] = None
    """A sound set of plugins for a kind of API: public-api, internal-api or ai-gateway."""
    plugins: Annotated[
        dict[Key, PluginSettings | None],
        Field(examples=[{"ip-restriction": {"config": {"deny": ["203.0.113.0/24"]}}}]),
    ] = {}
    """Plugins by a key that never changes; merged over those of the preset, null deletes one."""
    consumer_groups: Annotated[tuple[Key, ...], Field(examples=[["gold", "silver"]])] = ()
    """Names of consumer groups that each control plane gets."""
    ca_certificates: Annotated[
        dict[Key, Annotated[str, AfterValidator(_certificate)]],
        Field(examples=[{"partners": "-----BEGIN CERTIFICATE-----\n..."}]),
    ] = {}
    """CA certificates in PEM by a key, which mtls-auth names in its config.ca_certificates."""
    embeddings: Annotated[
        Config | None,
        Field(examples=[{"model": {"provider": "openai", "name": "text-embedding-3-small"}}]),
    ] = None
    """Embedding model of ai-semantic-cache, ai-semantic-prompt-guard and semantic balancers, as
    Kong documents the embeddings partial."""
    vaults: Annotated[
        dict[
            Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*[a-z0-9]$")],
            VaultSettings,
        ],
        Field(examples=[{"platform": {"name": "aws", "config": {"region": "us-east-2"}}}]),
    ] = {}
    """Backends of vault references, by their prefix: {vault://platform/name}."""
    allow_removal: Annotated[tuple[Key, ...], Field(examples=[["key-auth"]])] = ()
    """Keys of authentication plugins that may be deleted, switched off or narrowed on live
    gateways."""
