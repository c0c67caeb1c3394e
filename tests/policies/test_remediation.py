"""Missing tags and labels are written on the way to the providers, through the real engine."""

from __future__ import annotations

from collections.abc import Callable

from providers.konnect.ownership import without_label
from tests.integration.conftest import World
from tests.policies.test_violations import judged

PROGRAM = """
import pulumi
import pulumi_aws as aws
from providers import konnect

konnect.GatewayControlPlane(
    "plane",
    name="plane",
    labels={"team": "platform"},
    opts=pulumi.ResourceOptions(provider=konnect.Provider("konnect"), protect=True),
)
aws.ec2.Vpc("vpc", region="us-east-2", cidr_block="10.73.0.0/16", tags={"team": "platform"})
"""
COMPLETE = {"env": "prod", "team": "platform"}


def test_a_missing_tag_is_written_reaches_the_cloud_and_is_no_change_afterwards(
    make_world: Callable[..., World],
) -> None:
    world = make_world(program=PROGRAM)
    world.init("prod")

    preview = judged(world.project, "prod", "preview")
    assert preview.code == 0, preview.text
    for rule in ("cloud-resource-required-tags", "konnect-object-required-labels"):
        assert f"[remediate]  {rule}  (1 resource)" in preview.text

    made = judged(world.project, "prod", "up", "--yes", "--skip-preview")
    assert made.code == 0, made.text
    (vpc,) = world.sandbox.state()["aws"]["aws:ec2/vpc:Vpc"].values()
    assert vpc["tags"] == COMPLETE
    (plane,) = world.sandbox.konnect("control-planes").values()
    assert without_label(plane["labels"]) == COMPLETE

    again = judged(world.project, "prod", "preview", "--expect-no-changes")
    assert again.code == 0, again.text
