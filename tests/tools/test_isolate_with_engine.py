"""`make isolate` and `make restore` as a user runs them, in a copy of the checkout."""

from __future__ import annotations

import os
import pty
import select
import shutil
import subprocess
import time
from collections.abc import Callable

import pytest

from tests.engine_fixture import Done
from tests.tools.checkout import Checkout
from tools.engine import CHECKOUT

PROGRAM = """
import pulumi
from pulumi.dynamic import CreateResult, DiffResult, Resource, ResourceProvider, UpdateResult


class ThingProvider(ResourceProvider):
    def create(self, props):
        return CreateResult("thing", props)

    def diff(self, id, old, new):
        changed = old["isolated"] != new["isolated"]
        replaces = ["isolated"] if changed and new["replaces"] else []
        return DiffResult(changes=changed, replaces=replaces)

    def update(self, id, old, new):
        if new["breaks"]:
            raise Exception("broken on purpose")
        return UpdateResult(new)


class Thing(Resource):
    def __init__(self, name, props, opts=None):
        super().__init__(ThingProvider(), name, props, opts)


class AwsIsolation(pulumi.ComponentResource):
    def __init__(self, name):
        super().__init__("multicloudgateway:index:AwsIsolation", name)


config = pulumi.Config()
(region,) = config.require_object("gateway")["regions"]
isolated = region.get("isolated", False)
flags = {key: config.get_bool(key) or False for key in ("replaces", "breaks")}
Thing("allow", {"isolated": isolated, **flags})
if isolated:
    parent = AwsIsolation("isolation")
    Thing("deny", {"isolated": True, **flags}, pulumi.ResourceOptions(parent=parent))
if not (isolated and config.get_bool("deletes")):
    Thing("network", {"isolated": False, **flags})
"""
REGION = {"region": "us-east-2", "cidr": "10.64.0.0/20"}


@pytest.fixture
def checkout(make_checkout: Callable[[str], Checkout]) -> Checkout:
    made = make_checkout(PROGRAM)
    shutil.copy(CHECKOUT / "Makefile", made.folder)
    return made


def configure(checkout: Checkout, **flags: str) -> str:
    config = {f"multicloud-gateway:{key}": value for key, value in flags.items()}
    gateway = {"multicloud-gateway:gateway": {"regions": [REGION]}}
    checkout.configure("prod", config={**gateway, **config})
    return stack_file(checkout)


def stack_file(checkout: Checkout) -> str:
    return (checkout.folder / "stacks" / "Pulumi.prod.yaml").read_text()


def run(checkout: Checkout, *arguments: str) -> Done:
    return checkout.start("prod", "aws-us-east-2", *arguments, module="tools.isolate").finish()


def test_a_region_is_isolated_and_taken_back_and_the_file_says_so(checkout: Checkout) -> None:
    before = configure(checkout)
    checkout.ok("up", "prod")

    done = run(checkout, "--yes")
    assert done.code == 0, done.output
    assert "Resources: 1 updated, 1 created, 0 deleted, 0 replaced." in done.output
    assert "aws-us-east-2 is isolated. Commit Pulumi.prod.yaml." in done.output
    assert stack_file(checkout).count("isolated: true") == 1
    checkout.ok("preview", "prod", "--", "--expect-no-changes")
    assert "There is nothing to do" in run(checkout, "--yes").output

    done = run(checkout, "--undo", "--yes")
    assert done.code == 0, done.output
    assert "Resources: 1 updated, 0 created, 1 deleted, 0 replaced." in done.output
    assert stack_file(checkout) == before
    checkout.ok("preview", "prod", "--", "--expect-no-changes")


def test_what_isolation_does_not_need_is_refused_and_the_file_is_as_before(
    checkout: Checkout,
) -> None:
    configure(checkout)
    checkout.ok("up", "prod")
    for flags, line in (
        ({"replaces": "true"}, "replace Resource allow"),
        ({"deletes": "true"}, "delete Resource network"),
    ):
        before = configure(checkout, **flags)
        done = run(checkout, "--yes")
        assert done.code == 1
        assert line in done.output
        assert "Pulumi.prod.yaml is as before." in done.output
        assert stack_file(checkout) == before
    before = configure(checkout)
    checkout.ok("preview", "prod", "--", "--expect-no-changes")


def test_an_update_that_fails_leaves_the_file_isolated(checkout: Checkout) -> None:
    configure(checkout)
    checkout.ok("up", "prod")
    configure(checkout, breaks="true")
    done = run(checkout, "--yes")
    assert done.code != 0
    assert "says that aws-us-east-2 is isolated, and the update failed." in done.output
    assert "isolated: true" in stack_file(checkout)


def test_without_a_terminal_and_without_yes_nothing_is_done(checkout: Checkout) -> None:
    before = configure(checkout)
    checkout.ok("up", "prod")
    done = run(checkout)
    assert done.code == 1
    assert "there is no terminal to ask at: add YES=1" in done.output
    assert stack_file(checkout) == before


def test_at_a_terminal_it_asks_and_no_means_no(checkout: Checkout) -> None:
    before = configure(checkout)
    checkout.ok("up", "prod")
    shown = at_a_terminal(checkout, "Isolate aws-us-east-2 of prod?", "n\n")
    assert "error: the answer was no" in shown
    assert stack_file(checkout) == before
    assert "is isolated. Commit" in at_a_terminal(checkout, "Isolate aws-us-east-2", "y\n")
    assert "isolated: true" in stack_file(checkout)


def at_a_terminal(checkout: Checkout, question: str, answer: str) -> str:
    """Run `make isolate` at a terminal, and answer its question."""
    ours, theirs = pty.openpty()
    command = ["make", "PYTHON=true", "isolate", "STACK=prod", "REGION=aws-us-east-2"]
    with subprocess.Popen(
        command, cwd=checkout.folder, env=checkout.env, stdin=theirs, stdout=theirs, stderr=theirs
    ):
        os.close(theirs)
        shown, answered, deadline = "", False, time.monotonic() + 120
        while time.monotonic() < deadline:
            if not select.select([ours], [], [], 1.0)[0]:
                continue
            try:
                read = os.read(ours, 4096)
            except OSError:  # the process has ended
                break
            shown += read.decode("utf-8", "replace")
            if question in shown and not answered:
                answered = True
                os.write(ours, answer.encode())
    os.close(ours)
    assert answered, shown
    return shown


def test_a_region_that_is_not_there_is_said(checkout: Checkout) -> None:
    configure(checkout)
    done = checkout.start("prod", "aws-eu-west-1", "--yes", module="tools.isolate").finish()
    assert done.code == 1
    assert "no region 'aws-eu-west-1' (there are: us-east-2)" in done.output
