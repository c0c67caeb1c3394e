"""Custom domains whose zone is of another team, and zones that forbid their certificate."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

from tests.integration.conftest import World
from tests.integration.test_changes import only_aws
from tests.integration.test_environments import leaves_nothing
from tests.sandbox.clouds.harness import Provider

Settings = dict[str, Any]

RECORD = "aws:route53/record:Record"
LIMIT = 120.0


def outside(settings: Settings) -> None:
    """A custom domain in a zone of others."""
    only_aws(settings)
    settings["cache"] = None
    settings["domains"] = {"api.example.org": {}}


def in_a_given_zone(settings: Settings) -> None:
    """One more custom domain, in a zone of ours that exists."""
    settings["zones"] = {"example.com": {"service": "route53"}}
    settings["domains"]["api.example.com"] = {}


def test_a_domain_waits_for_records_of_others_and_is_refused_where_a_zone_forbids_it(
    make_world: Callable[..., World],
) -> None:
    world = make_world(speed=2000)
    world.settings("dev", outside)
    world.init("dev")

    # The owner of the zone has not written the record: the domain's line says which one.
    running = world.start("up", "--yes", "--skip-preview", "--stack", "dev")
    (domain,) = _eventually(lambda: world.sandbox.konnect("custom-domains").values())
    plane = world.sandbox.konnect("control-planes")[domain["control_plane_id"]]
    prefix = plane["config"]["control_plane_endpoint"].removeprefix("https://").split(".")[0]
    target = f"_acme-challenge.{prefix}.acme.gateways.konggateway.com"
    running.wait_for(
        f"CNAME record _acme-challenge.api.example.org to {target} must exist", limit=LIMIT
    )
    record = {"name": "_acme-challenge.api.example.org", "type": "CNAME", "values": [target]}
    world.sandbox.admin("PUT", "dns", json=record)
    done = running.finish()
    assert done.code == 0, done.output

    outputs = world.outputs("dev")
    assert outputs["domains"]["api.example.org"]["state"] == "ready"
    to_write = {key: (one["values"], one["ttl"]) for key, one in outputs["records"].items()}
    assert to_write == {
        "_acme-challenge.api.example.org CNAME": ([target], 300),
        "api.example.org CNAME": ([f"{prefix}.gateways.konggateway.com"], 300),
    }

    # A zone of ours that exists, whose CAA records allow another authority only.
    aws = Provider(world.sandbox.endpoint["debug_providers"]["aws"], {"region": "us-east-1"})
    zone = aws.create("aws:route53/zone:Zone", name="example.com")
    caa = {"zoneId": zone.id, "name": "example.com", "type": "CAA", "ttl": 300}
    issuer = aws.create(RECORD, "caa", **caa, records=['0 issue "amazon.com"'])
    world.settings("dev", in_a_given_zone)
    refused = world.run("preview", "--stack", "dev")
    assert refused.code != 0
    assert (
        "custom domain api.example.com: the CAA records of example.com allow amazon.com and not "
        "pki.goog"
    ) in refused.output
    issuer = aws.update(issuer, records=['0 issue "amazon.com"', '0 issue "pki.goog"'])
    world.up("dev", preview=True)
    assert world.outputs("dev")["domains"]["api.example.com"]["state"] == "ready"
    world.project.ok("preview", "--stack", "dev", "--expect-no-changes")

    world.project.ok("destroy", "--yes", "--skip-preview", "--stack", "dev")
    aws.delete(issuer)
    aws.delete(zone)
    aws.close()
    world.sandbox.admin("PUT", "dns", json={**record, "values": []})
    assert world.sandbox.settled(leaves_nothing), json.dumps(world.sandbox.state(), indent=1)


def _eventually(look: Callable[[], Any]) -> list[Any]:
    """What ``look`` finds, once it finds something."""
    deadline = time.monotonic() + LIMIT
    while not (found := list(look())):
        assert time.monotonic() < deadline, "nothing was found"
        time.sleep(0.2)
    return found
