"""Vaults, and Konnect's own store of secrets."""

from __future__ import annotations

from collections.abc import Callable

from providers.konnect.core_entities import config_store, config_store_secret, vault
from tests.providers.konnect.case import Case
from tests.providers.konnect.example import ENTITY, OTHER, PLANE, Example
from tests.providers.konnect.local_konnect import PLANES, LocalKonnect

CANARY = "canary-VALUE-of-a-secret-0123456789"

VAULT = Example(
    vault.GatewayVaultProvider,
    vault.GatewayVault,
    full={
        "control_plane_id": PLANE,
        "name": "hcv",
        "prefix": "secrets",
        "description": "Secrets of the orders platform",
        "config": {"host": "vault.internal", "port": 8200, "token": CANARY},
        "tags": ["edge", "prod"],
        "adopt_existing_id": f'{{"id": "{ENTITY}", "control_plane_id": "{PLANE}"}}',
    },
    least={"control_plane_id": PLANE, "name": "env", "prefix": "my-env"},
    replaces={"control_plane_id": OTHER},
    updates={
        "name": "aws",
        "prefix": "other-secrets",
        "description": "",
        "config": {"host": "vault.internal", "port": 8300, "token": CANARY},
        "tags": ["edge"],
    },
)

CONFIG_STORE = Example(
    config_store.GatewayConfigStoreProvider,
    config_store.GatewayConfigStore,
    full={
        "control_plane_id": PLANE,
        "name": "orders",
        "adopt_existing_id": f'{{"id": "{ENTITY}", "control_plane_id": "{PLANE}"}}',
    },
    least={"control_plane_id": PLANE},
    replaces={"control_plane_id": OTHER},
    updates={"name": "orders-prod"},
)

CONFIG_STORE_SECRET = Example(
    config_store_secret.GatewayConfigStoreSecretProvider,
    config_store_secret.GatewayConfigStoreSecret,
    full={
        "control_plane_id": PLANE,
        "config_store_id": ENTITY,
        "key": "redis-password",
        "value": CANARY,
        "adopt_existing_id": "redis-password",
    },
    least={
        "control_plane_id": PLANE,
        "config_store_id": ENTITY,
        "key": "redis-password",
        "value": CANARY,
    },
    replaces={"control_plane_id": OTHER, "config_store_id": OTHER, "key": "redis-user"},
    updates={"value": f"another-{CANARY}"},
)

EXAMPLES: tuple[Example, ...] = (VAULT, CONFIG_STORE, CONFIG_STORE_SECRET)


def a_store(konnect: LocalKonnect, plane: str, name: str = "orders") -> str:
    """A config store, by its id."""
    return str(konnect.call("POST", f"{PLANES}/{plane}/config-stores", {"name": name})["id"])


def a_vault(konnect: LocalKonnect) -> Case:
    """A vault over a config store."""
    plane = konnect.plane()
    store = a_store(konnect, plane)
    return Case(
        VAULT.provider,
        f"control-planes/{plane}/core-entities/vaults",
        inputs={
            "control_plane_id": plane,
            "name": "konnect",
            "prefix": "secrets",
            "config": {"config_store_id": store},
        },
        change={"description": "Secrets of the orders platform"},
        fixed={},
        import_id=f'{{{{"id": "{{id}}", "control_plane_id": "{plane}"}}}}',
    )


def a_config_store(konnect: LocalKonnect) -> Case:
    """A config store."""
    plane = konnect.plane()
    return Case(
        CONFIG_STORE.provider,
        f"control-planes/{plane}/config-stores",
        inputs={"control_plane_id": plane, "name": "orders"},
        change={"name": "orders-prod"},
        fixed={},
        import_id=f'{{{{"id": "{{id}}", "control_plane_id": "{plane}"}}}}',
    )


def a_secret(konnect: LocalKonnect) -> Case:
    """A secret; Konnect's seconds have to differ for a write to be seen."""
    plane = konnect.plane()
    store = a_store(konnect, plane)
    return Case(
        CONFIG_STORE_SECRET.provider,
        f"control-planes/{plane}/config-stores/{store}/secrets",
        inputs={
            "control_plane_id": plane,
            "config_store_id": store,
            "key": "redis/password",
            "value": CANARY,
        },
        change={"value": f"another-{CANARY}"},
        fixed={},
        import_id=(
            f'{{{{"key": "{{id}}", "config_store_id": "{store}", "control_plane_id": "{plane}"}}}}'
        ),
        settles=1,
    )


CASES: dict[str, Callable[[LocalKonnect], Case]] = {
    "GatewayVault": a_vault,
    "GatewayConfigStore": a_config_store,
    "GatewayConfigStoreSecret": a_secret,
}
