"""The project's commands in a copy of the checkout: the real engine, a stand-in sandbox."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.tools.checkout import Checkout

PROGRAM = """
import asyncio
import os
import pulumi

async def wait(value):
    pulumi.log.info("waiting")
    while not os.path.exists("go"):
        await asyncio.sleep(0.1)
    return value

config = pulumi.Config()
pulumi.export("region", config.require("region"))
pulumi.export("token", os.environ.get("KONNECT_TOKEN"))
pulumi.export("plain", str(pulumi.Config("konnect").get("token")))
leaked = [key for key in os.environ if key.startswith(("AWS_", "ARM_", "GOOGLE_"))]
pulumi.export("leaked", ", ".join(leaked) or "nothing")
if config.get_bool("slow"):
    pulumi.export("waited", pulumi.Output.from_input(1).apply(wait))
"""

REAL_WORLD = {
    "AWS_SECRET_ACCESS_KEY": "real",
    "ARM_CLIENT_SECRET": "real",
    "GOOGLE_APPLICATION_CREDENTIALS": "/real.json",
    "KONNECT_TOKEN": "real",
    "PULUMI_ACCESS_TOKEN": "pul-real",
    "PULUMI_BACKEND_URL": "s3://a-real-bucket",
    "PULUMI_CONFIG_PASSPHRASE": "real",
}


@pytest.fixture
def checkout(make_checkout: Callable[[str], Checkout]) -> Checkout:
    made = make_checkout(PROGRAM)
    made.configure(config={"multicloud-gateway:region": "eu-west-1"})
    return made


def test_up_leaves_the_checkout_as_it_was_and_destroy_leaves_an_empty_stack(
    checkout: Checkout,
) -> None:
    before = checkout.contents()
    shown = checkout.ok("up", "dev")
    assert "eu-west-1" in shown
    assert "make destroy STACK=dev" in shown

    checkout.ok("preview", "dev", "--", "--expect-no-changes")
    checkout.ok("refresh", "dev", "--", "--skip-preview")
    checkout.ok("destroy", "dev", "--", "--skip-preview")
    assert checkout.contents() == before
    (checkpoint,) = (checkout.state / ".pulumi/stacks/multicloud-gateway").glob("dev.json")
    assert "resources" not in json.loads(checkpoint.read_text())["checkpoint"]["latest"]


def test_what_a_killed_engine_wrote_in_part_does_not_stop_the_next_one(
    checkout: Checkout,
) -> None:
    """The file backend writes the attributes of a file first, and cannot read half of them."""
    checkout.ok("up", "dev")
    stacks = checkout.state / ".pulumi/stacks/multicloud-gateway"
    (stacks / "dev.json.attrs").write_text("")

    checkout.ok("preview", "dev", "--", "--expect-no-changes")


def test_the_shell_s_real_credentials_and_backend_do_not_reach_a_sandbox_run(
    checkout: Checkout,
) -> None:
    shown = checkout.ok("preview", "dev", **REAL_WORLD)
    assert 'token : "made up"' in shown  # the sandbox's
    assert 'leaked: "nothing"' in shown
    assert (checkout.state / ".pulumi/stacks/multicloud-gateway/dev.json").exists()


def test_a_team_s_secrets_provider_and_encrypted_values_need_no_key_in_the_sandbox(
    checkout: Checkout,
) -> None:
    checkout.configure(
        secretsprovider="awskms://alias/nobody-has-this-key",
        encryptedkey="AAAA",
        config={
            "konnect:token": {"secure": "AAAA"},
            "multicloud-gateway:region": {"secure": "AAAA"},
            "multicloud-gateway:peers": [{"name": "a", "psk": {"secure": "AAAA"}}],
        },
    )
    before = checkout.contents()
    shown = checkout.ok("preview", "dev")
    assert "konnect:token, multicloud-gateway:peers, multicloud-gateway:region" in shown
    assert 'plain : "None"' in shown
    assert checkout.contents() == before


def test_an_environment_that_does_not_exist_is_an_error_that_names_those_that_do(
    checkout: Checkout,
) -> None:
    checkout.configure("prod", config={})
    done = checkout.run("up", "staging")
    assert done.code != 0
    assert "there is no environment staging" in done.output
    assert "dev, prod" in done.output
    assert "Traceback" not in done.output


def test_the_lock_of_a_dead_process_is_removed(checkout: Checkout) -> None:
    with subprocess.Popen(["true"]) as dead:
        dead.wait()
    lock = checkout.lock(pid=dead.pid)
    assert "its lock was deleted" in checkout.ok("preview", "dev")
    assert not lock.exists()


def test_the_lock_of_a_living_process_is_respected(checkout: Checkout) -> None:
    with subprocess.Popen(["sleep", "60"]) as living:
        lock = checkout.lock(pid=living.pid)
        done = checkout.run("up", "dev")
        living.kill()
    assert done.code != 0
    assert f"is being changed by pid {living.pid}" in done.output
    assert lock.exists()


def test_a_lock_from_another_host_is_respected(checkout: Checkout) -> None:
    with subprocess.Popen(["true"]) as dead:
        dead.wait()
    lock = checkout.lock(pid=dead.pid, hostname="another-host")
    assert checkout.run("up", "dev").code != 0
    assert lock.exists()


def test_ctrl_c_ends_an_up_cleanly_and_the_next_one_goes_on(checkout: Checkout) -> None:
    checkout.configure(
        config={"multicloud-gateway:region": "eu-west-1", "multicloud-gateway:slow": "true"}
    )
    up = checkout.start("up", "dev", "--", "--skip-preview")
    up.wait_for("waiting")
    up.interrupt()
    done = up.finish(limit=30)
    assert done.code != 0
    assert "Traceback" not in done.output

    (checkout.folder / "go").touch()
    shown = checkout.ok("up", "dev", "--", "--skip-preview")
    assert "lock" not in shown


def test_with_the_sandbox_off_pulumi_runs_in_the_caller_s_environment(
    checkout: Checkout, pulumi_env: dict[str, str], tmp_path: Path
) -> None:
    backend = {
        **{key: pulumi_env[key] for key in pulumi_env if key.startswith("PULUMI_")},
        "KONNECT_TOKEN": "real",
        "SANDBOX": "off",
    }
    subprocess.run(
        [checkout.pulumi, "stack", "init", "dev", "--non-interactive"],
        cwd=checkout.folder,
        env={**os.environ, **backend},
        check=True,
        capture_output=True,
    )
    # Pulumi asks before it changes anything; nobody can answer here.
    refused = checkout.run("up", "dev", **backend)
    assert refused.code != 0
    assert "--yes" in refused.output

    shown = checkout.ok("up", "dev", "--", "--yes", "--skip-preview", **backend)
    assert '"real"' in shown
    assert not (checkout.folder / ".cache" / "sandbox").exists()
    assert (tmp_path / "state/.pulumi/stacks/multicloud-gateway/dev.json").exists()


def test_shell_exports_what_plain_pulumi_needs(checkout: Checkout) -> None:
    before = checkout.contents()
    checkout.ok("sandbox")  # so that nothing but exports is said next
    exports = checkout.ok("shell", "dev", **REAL_WORLD)
    script = f"{exports}\npulumi preview && pulumi config get region"
    done = subprocess.run(
        ["sh", "-c", script],
        cwd=checkout.folder,
        env={**os.environ, **REAL_WORLD},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1] == "eu-west-1"
    assert checkout.contents() == before


def test_a_project_below_refers_to_the_stacks_of_the_one_above(checkout: Checkout) -> None:
    checkout.ok("up", "dev")
    below = checkout.folder / "examples" / "consumer"
    below.mkdir(parents=True)
    runtime = {"name": "python", "options": {"virtualenv": "../../.cache/venv"}}
    (below / "Pulumi.yaml").write_text(json.dumps({"name": "consumer", "runtime": runtime}))
    (below / "Pulumi.dev.yaml").write_text("{}\n")
    (below / "__main__.py").write_text(
        "import pulumi\n"
        "gateway = pulumi.StackReference('organization/multicloud-gateway/dev')\n"
        "pulumi.export('read', gateway.get_output('region'))\n"
    )
    before = checkout.contents()
    shown = checkout.ok("up", "dev", PROJECT="examples/consumer")
    assert 'read: "eu-west-1"' in shown
    # The copy has no package `stacks`: for that of this checkout, the project is elsewhere.
    assert f"make destroy STACK=dev PROJECT={shlex.quote(str(below.resolve()))}" in shown
    assert checkout.contents() == before
    missing = checkout.run("preview", "qa", PROJECT="examples/consumer")
    assert "there is no environment qa" in missing.output
    assert "is not a Pulumi project" in checkout.run("preview", "dev", PROJECT="stacks").output


def test_a_missing_stack_is_created_with_the_secrets_provider_that_is_named(
    checkout: Checkout, pulumi_env: dict[str, str]
) -> None:
    own = {
        **{key: pulumi_env[key] for key in pulumi_env if key.startswith("PULUMI_")},
        "SANDBOX": "off",
    }
    assert checkout.run("preview", "dev", **own).code != 0  # it is not there, nobody creates it
    checkout.ok("preview", "dev", SECRETS_PROVIDER="passphrase", **own)
    checkout.ok("preview", "dev", SECRETS_PROVIDER="passphrase", **own)
    assert "encryptionsalt" in (checkout.folder / "stacks/Pulumi.dev.yaml").read_text()


def test_a_policy_pack_in_policies_is_applied(checkout: Checkout) -> None:
    pack = checkout.folder / "policies"
    pack.mkdir()
    runtime = {"name": "python", "options": {"virtualenv": "../.cache/venv"}}
    (pack / "PulumiPolicy.yaml").write_text(json.dumps({"runtime": runtime}))
    (pack / "__main__.py").write_text(
        "from pulumi_policy import EnforcementLevel, PolicyPack, ResourceValidationPolicy\n"
        "PolicyPack('probe', [ResourceValidationPolicy('never', 'Nothing is right.',\n"
        "    lambda args, report: report('wrong'))], EnforcementLevel.MANDATORY)\n"
    )
    page = checkout.folder / ".cache" / "page.html"
    done = checkout.run("preview", "dev", "--report", str(page))
    assert done.code != 0
    assert "Nothing is right." in done.output
    assert "policies: 1 rules, 1 mandatory" in done.output
    assert "never" in page.read_text()


def test_commands_that_start_at_once_share_one_sandbox(checkout: Checkout) -> None:
    starts = [checkout.start("sandbox") for _ in range(3)]
    assert [start.finish().code for start in starts] == [0, 0, 0]
    assert (checkout.folder / ".cache/sandbox/starts").read_text() == "one\n"


def test_a_stopped_sandbox_is_started_again(checkout: Checkout) -> None:
    endpoint = checkout.folder / ".cache/sandbox/endpoint.json"
    checkout.ok("sandbox")
    first = json.loads(endpoint.read_text())["pid"]
    assert "has stopped" in checkout.ok("sandbox-stop")
    assert not endpoint.exists()
    assert "was not running" in checkout.ok("sandbox-stop")
    checkout.ok("sandbox")
    assert json.loads(endpoint.read_text())["pid"] != first


def test_a_sandbox_of_a_command_has_a_limit_without_use_and_that_of_make_sandbox_has_none(
    checkout: Checkout,
) -> None:
    endpoint = checkout.folder / ".cache/sandbox/endpoint.json"
    checkout.ok("preview", "dev")
    assert json.loads(endpoint.read_text())["idle"] == 3600
    assert "it ends after 60 min 0 s without use" in checkout.ok("sandbox")
    checkout.ok("sandbox-stop")
    assert "without use" not in checkout.ok("sandbox")
    assert json.loads(endpoint.read_text())["idle"] is None


def test_a_sandbox_at_another_speed_is_not_taken_for_the_one_asked_for(
    checkout: Checkout,
) -> None:
    checkout.ok("sandbox", "--speed", "60")
    done = checkout.run("sandbox", "--speed", "600")
    assert done.code != 0
    assert "runs at speed 60" in done.output


def test_a_sandbox_that_does_not_start_says_why_at_once(checkout: Checkout) -> None:
    (checkout.folder / ".cache/sandbox").mkdir()
    (checkout.folder / ".cache/sandbox/broken").touch()
    started = time.monotonic()
    done = checkout.run("sandbox")
    assert done.code != 0
    assert "the state is of a newer version" in done.output
    assert time.monotonic() - started < 10
