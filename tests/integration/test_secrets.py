"""Credentials through the real engine: in no file, whoever made them and whatever is run."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.integration.conftest import World
from tests.integration.test_changes import konnect

MakeWorld = Callable[..., World]

WRITTEN = "canary-4e81c9d2f7"
"""The start of each credential that the program writes, as plain text."""

PROGRAM = """
import os

import pulumi
from providers import konnect

canary = os.environ["CANARY"]
opts = pulumi.ResourceOptions(provider=konnect.Provider("konnect"))
plane = konnect.GatewayControlPlane("plane", name="plane", cloud_gateway=True, opts=opts)
consumer = konnect.GatewayConsumer(
    "anna", control_plane_id=plane.id, username="anna", opts=opts
)
of_anna = {"control_plane_id": plane.id, "consumer_id": consumer.id, "opts": opts}
konnect.GatewayKeyAuth("made-up-key", **of_anna)
konnect.GatewayKeyAuth("key", key=f"{canary}-key", **of_anna)
konnect.GatewayJwt("jwt", **of_anna)
store = konnect.GatewayConfigStore("store", control_plane_id=plane.id, name="store", opts=opts)
konnect.GatewayConfigStoreSecret(
    "stored",
    control_plane_id=plane.id,
    config_store_id=store.id,
    key="password",
    value=f"{canary}-value",
    opts=opts,
)
account = konnect.SystemAccount("ci", name="ci", description="", opts=opts)
token = konnect.SystemAccountAccessToken(
    "token", account_id=account.id, name="ci", expires_at=os.environ["EXPIRES"], opts=opts
)
konnect.plugins.openid_connect(
    "oidc",
    control_plane_id=plane.id,
    issuer="https://idp.example",
    client_id=["orders"],
    client_secret=[f"{canary}-oidc"],
    opts=opts,
)
konnect.GatewayPartial(
    "redis",
    control_plane_id=plane.id,
    name="redis",
    type="redis-ee",
    config={"host": "redis.internal", "password": "{vault://env/REDIS}"},
    opts=opts,
)
pulumi.export("token", token.token)
"""


def credentials(world: World) -> list[str]:
    """What the program has written, and all that Konnect has made: two keys and a token."""
    kinds = {"GatewayKeyAuth": "key", "GatewayJwt": "secret", "SystemAccountAccessToken": "token"}
    held = [
        resource["outputs"][field]
        for resource in world.project.resources(stack="dev")
        for kind, field in kinds.items()
        if resource["type"].endswith(f":{kind}")
    ]
    made = [item.get("plaintext", item) if isinstance(item, dict) else item for item in held]
    assert len(made) == 4
    return [WRITTEN, *(item.strip('"') for item in made)]


def nothing_is_written(world: World, *more: str) -> None:
    """No credential is in any file of the backend, the project or the engine's home."""
    found = [*credentials(world), *more]
    for file, text in world.everything_written():
        for credential in found:
            assert credential not in text, (credential, file)


def test_no_credential_is_in_clear_after_up_refresh_or_drift(make_world: MakeWorld) -> None:
    world = make_world(speed=2000, program=PROGRAM)
    world.project.env["CANARY"] = WRITTEN
    in_a_month = datetime.now(UTC) + timedelta(days=30)
    world.project.env["EXPIRES"] = in_a_month.isoformat(timespec="seconds")
    world.init("dev")

    shown = world.up("dev", preview=True)
    assert WRITTEN not in shown
    nothing_is_written(world)
    shown = world.project.ok("refresh", "--yes", "--skip-preview", "--stack", "dev", "--diff")
    assert all(credential not in shown for credential in credentials(world))
    nothing_is_written(world)
    world.project.ok("preview", "--stack", "dev", "--expect-no-changes")

    # Where the program refers to a vault, somebody has written the password itself.
    ((id_, partial),) = world.sandbox.konnect("partials").items()
    (plane,) = world.sandbox.konnect("control-planes")
    config: dict[str, Any] = {**partial["config"], "password": "their-password-51ce"}
    body = {"name": "redis", "type": "redis-ee", "config": config}
    konnect(world, "PUT", f"/v2/control-planes/{plane}/core-entities/partials/{id_}", body)
    shown = world.project.ok("refresh", "--yes", "--skip-preview", "--stack", "dev", "--diff")
    shown += world.project.ok("preview", "--stack", "dev", "--diff")
    assert "~ 1 to update" in shown
    assert "their-password" not in shown
    nothing_is_written(world, "their-password-51ce")
    world.up("dev")
    (mended,) = world.sandbox.konnect("partials").values()
    assert mended["config"]["password"] == "{vault://env/REDIS}"
    assert json.dumps(config) != json.dumps(mended["config"])
