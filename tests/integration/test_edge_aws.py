"""CloudFront in front of two regions, one with a load balancer, through the real engine."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from tests.integration.conftest import World
from tests.integration.test_environments import leaves_nothing

Settings = dict[str, Any]

NAME = "api.example.com"
OHIO, DUBLIN = "aws-us-east-2", "aws-eu-west-1"
CERTIFICATE = "arn:aws:acm:us-east-2:111122223333:certificate/0a1b2c3d"
DISTRIBUTION = "aws:cloudfront/distribution:Distribution"
FUNCTION = "aws:cloudfront/function:Function"
WEB_ACL = "aws:wafv2/webAcl:WebAcl"


def behind_cloudfront(settings: Settings) -> None:
    """Two regions in AWS. The first also has an ALB for private clients."""
    first = settings["regions"][0]
    first["load_balancer"] = {"kind": "application", "certificate_arn": CERTIFICATE}
    dublin = {"region": "eu-west-1", "cidr": "10.64.32.0/20", "landing": "10.66.0.0/16"}
    settings["regions"] = [first, dublin]
    del settings["azure"]
    settings["api_access"] = "private+public"
    settings["zones"] = {"example.com": {"service": "route53", "create": True}}
    settings["entry"] = {"strategy": "edge", "name": NAME, "edge": {"service": "cloudfront"}}


def aws(world: World, kind: str) -> list[dict[str, Any]]:
    """The objects of a type in the customer's account."""
    return list(world.sandbox.state()["aws"].get(kind, {}).values())


def one(world: World, kind: str) -> dict[str, Any]:
    """The only object of a type."""
    (found,) = aws(world, kind)
    return found


def changed_in_place(output: str) -> bool:
    """Whether an update created, replaced and deleted nothing."""
    return bool(re.search(r"~ [1-9]\d* updated", output)) and not re.search(
        r"(\+|-|\+-) \d+ (created|deleted|replaced)", output
    )


def locks(world: World) -> set[str]:
    """The code with which the control planes refuse requests without the secret."""
    plugins = world.sandbox.konnect("plugins").values()
    return {plugin["config"]["access"][0] for plugin in plugins if plugin["name"] == "pre-function"}


def secret_of(distribution: dict[str, Any]) -> str:
    """The secret that CloudFront sends to every origin."""
    (secret,) = {
        header["value"] for origin in distribution["origins"] for header in origin["customHeaders"]
    }
    return str(secret)


def stays(world: World) -> None:
    """Neither a preview nor a refresh finds a change."""
    world.project.ok("preview", "--stack", "dev", "--expect-no-changes")
    refreshed = ("refresh", "--yes", "--skip-preview", "--stack", "dev", "--expect-no-changes")
    world.project.ok(*refreshed)


def test_cloudfront_leads_to_all_regions_and_gateways_serve_nobody_else(
    make_world: Callable[..., World],
) -> None:
    world = make_world(speed=2000)
    world.settings("dev", behind_cloudfront)
    world.init("dev")
    shown = world.up("dev", preview=True)

    regions = world.outputs("dev")["regions"]
    distribution = one(world, DISTRIBUTION)
    assert {origin["originId"]: origin["domainName"] for origin in distribution["origins"]} == {
        key: regions[key]["hostnames"][0] for key in (OHIO, DUBLIN)
    }
    assert distribution["aliases"] == [NAME]
    assert distribution["webAclId"] == one(world, WEB_ACL)["arn"]
    alias = next(r for r in aws(world, "aws:route53/record:Record") if r["fqdn"] == NAME)
    assert alias["aliases"][0]["name"] == distribution["domainName"]
    assert f'SHARES = [["{OHIO}", 100], ["{DUBLIN}", 100]]' in one(world, FUNCTION)["code"]
    secret = secret_of(distribution)
    assert all(f'given ~= "{secret}"' in code for code in locks(world))
    assert locks(world)
    assert one(world, "aws:lb/loadBalancer:LoadBalancer")["loadBalancerType"] == "application"
    stays(world)

    # Weights and drains change the function only: the distribution would take minutes.
    def drain(settings: Settings) -> None:
        settings["regions"][0]["drain"] = True

    world.settings("dev", drain)
    assert changed_in_place(world.up("dev"))
    assert f'SHARES = [["{DUBLIN}", 100]]' in one(world, FUNCTION)["code"]
    assert one(world, DISTRIBUTION) == distribution

    # Without its firewall the distribution stays, and the firewall goes after that.
    world.settings("dev", lambda settings: settings["entry"]["edge"].update(waf=False))
    world.up("dev")
    assert aws(world, WEB_ACL) == []
    unprotected = one(world, DISTRIBUTION)
    assert (unprotected["arn"], unprotected.get("webAclId")) == (distribution["arn"], None)

    # The gateways accept a second secret before the edge sends it.
    for generations, sent in (([1, 2], secret), ([2, 1], None)):
        world.settings(
            "dev",
            lambda settings, now=generations: settings["entry"]["edge"].update(generations=now),
        )
        shown += world.up("dev")
        now = secret_of(one(world, DISTRIBUTION))
        assert now == sent if sent else now != secret
        assert all(f'"{now}"' in code and f'"{secret}"' in code for code in locks(world))
    assert secret not in shown
    for name, text in world.everything_written():
        assert secret not in text, name

    world.project.ok("destroy", "--yes", "--skip-preview", "--stack", "dev")
    assert world.sandbox.settled(leaves_nothing), json.dumps(world.sandbox.state(), indent=1)
