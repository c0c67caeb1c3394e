"""An edge in front of live gateways: they are locked only after clients come through it."""

from __future__ import annotations

from typing import Any

from stacks.live import Live, LivePlane
from stacks.live_lock import is_locked, lock_problems
from stacks.settings import load
from tests.stacks.baseline import BASELINE

LIVE = Live(planes={"main": LivePlane("main", "m-id"), "gcp": LivePlane("gcp", "g-id")})
LOCK = [{"name": "pre-function", "instance_name": "gateway-origin-lock"}]


def settings(**edge: Any) -> Any:
    entry = {
        "strategy": "edge",
        "name": "api.example.com",
        "edge": {"service": "cloudfront", **edge},
    }
    zones = {"example.com": {"service": "route53"}}
    changed = {"api_access": "public", "zones": zones, "entry": entry}
    return load("test", {**BASELINE, **changed})


def test_live_gateways_without_the_plugin_are_not_locked() -> None:
    (problem,) = lock_problems("gateway", settings(), LIVE, {"m-id": [], "g-id": LOCK})
    assert problem.path == ("entry", "edge", "lock")
    assert problem.wrong.startswith("would lock the live gateways of main: until clients come")
    assert problem.remedy.startswith("write lock: false, run `pulumi up`, wait until clients")


def test_a_lock_that_is_asked_for_step_by_step_is_not_refused() -> None:
    assert list(lock_problems("gateway", settings(lock=False), LIVE, {})) == []
    assert list(lock_problems("gateway", settings(), LIVE, {"m-id": LOCK, "g-id": LOCK})) == []


def test_a_new_environment_is_locked_at_once() -> None:
    assert list(lock_problems("gateway", settings(), Live(), {})) == []


def test_only_an_edge_has_a_lock() -> None:
    assert is_locked(settings())
    assert not is_locked(settings(lock=False))
    assert not is_locked(load("test", BASELINE))
