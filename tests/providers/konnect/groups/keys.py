"""Keys and key sets."""

from __future__ import annotations

import json
from collections.abc import Callable

from providers.konnect.core_entities import key, key_set
from tests.providers.konnect.case import Case
from tests.providers.konnect.example import ENTITY, OTHER, PLANE, Example, Props
from tests.providers.konnect.local_konnect import LocalKonnect

SECRET = "canary-KEY-0123456789"


def jwk(kid: str, content: str = SECRET) -> str:
    """A symmetric JSON Web Key."""
    return json.dumps({"kid": kid, "kty": "oct", "k": content})


PAIR: Props = {
    "private_key": f"-----BEGIN PRIVATE KEY-----\n{SECRET}\n-----END PRIVATE KEY-----",
    "public_key": "-----BEGIN PUBLIC KEY-----\nYQ==\n-----END PUBLIC KEY-----",
}
MORE: Props = {
    "tags": ["orders", "prod"],
    "adopt_existing_id": f'{{"id": "{ENTITY}", "control_plane_id": "{PLANE}"}}',
}

KEY_SET = Example(
    key_set.GatewayKeySetProvider,
    key_set.GatewayKeySet,
    full={"control_plane_id": PLANE, "name": "partners", **MORE},
    least={"control_plane_id": PLANE},
    replaces={"control_plane_id": OTHER},
    updates={"name": "suppliers", "tags": ["dev"]},
)

KEY = Example(
    key.GatewayKeyProvider,
    key.GatewayKey,
    full={
        "control_plane_id": PLANE,
        "kid": "42",
        "name": "signing",
        "jwk": jwk("42"),
        "pem": PAIR,
        "set": {"id": ENTITY},
        "x5t": "dGh1bWJwcmludA",
        **MORE,
    },
    least={"control_plane_id": PLANE, "kid": "42"},
    replaces={"control_plane_id": OTHER},
    updates={
        "kid": "43",
        "name": "verifying",
        "jwk": jwk("42", "another-key"),
        "pem": {"public_key": PAIR["public_key"]},
        "set": {"id": OTHER},
        "x5t": "YW5vdGhlcg",
        "tags": ["dev"],
    },
)

EXAMPLES: tuple[Example, ...] = (KEY_SET, KEY)


def a_key_set(konnect: LocalKonnect) -> Case:
    """A key set with a name."""
    plane = konnect.plane()
    return Case(
        KEY_SET.provider,
        f"control-planes/{plane}/core-entities/key-sets",
        inputs={"control_plane_id": plane, "name": "partners", "tags": ["b", "a"]},
        change={"tags": ["a"]},
        fixed={},
        import_id=f'{{{{"id": "{{id}}", "control_plane_id": "{plane}"}}}}',
    )


def a_key(konnect: LocalKonnect) -> Case:
    """A JSON Web Key in a set."""
    plane = konnect.plane()
    partners = konnect.entity(plane, "key-sets", name="partners")
    return Case(
        KEY.provider,
        f"control-planes/{plane}/core-entities/keys",
        inputs={
            "control_plane_id": plane,
            "kid": "42",
            "jwk": jwk("42"),
            "set": {"id": partners},
        },
        change={"name": "signing", "jwk": jwk("42", "another-key")},
        fixed={},
        import_id=f'{{{{"id": "{{id}}", "control_plane_id": "{plane}"}}}}',
    )


CASES: dict[str, Callable[[LocalKonnect], Case]] = {
    "GatewayKeySet": a_key_set,
    "GatewayKey": a_key,
}
