"""What makes programs use less time and CPU: each in a Python of its own, with nothing loaded."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from stacks.lean import PACKAGES

CHECKOUT = Path(__file__).resolve().parents[2]
ROOTS = {root for root, _ in PACKAGES.values()}

PRELUDE = """
import sys
from components.regions import Cloud
from stacks import lean
lean.load_on_use(Cloud)
"""


def run(code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.parametrize(
    ("expression", "module", "beside"),
    [
        ("pulumi_aws.ec2.Vpc", "pulumi_aws.ec2.vpc", "pulumi_aws.ec2.ami"),
        (
            "pulumi_aws.ec2transitgateway.VpcAttachmentAccepter",
            "pulumi_aws.ec2transitgateway.vpc_attachment_accepter",
            "pulumi_aws.ec2transitgateway.route",
        ),
        (
            "pulumi_azure_native.network.SecurityRuleAccess",
            "pulumi_azure_native.network._enums",
            "pulumi_azure_native.network.subnet",
        ),
        (
            "pulumi_azure_native.authorization.get_client_config_output",
            "pulumi_azure_native.authorization.get_client_config",
            "pulumi_azure_native.authorization.role_assignment",
        ),
        ("pulumi_gcp.compute.Network", "pulumi_gcp.compute.network", "pulumi_gcp.compute.instance"),
    ],
)
def test_a_name_is_found_without_loading_the_rest_of_its_package(
    expression: str, module: str, beside: str
) -> None:
    code = f"{PRELUDE}\nimport {expression.partition('.')[0]}\nprint({expression}.__module__)\n"
    assert run(f"{code}print({beside!r} in sys.modules)").splitlines() == [module, "False"]


def test_a_name_that_is_in_no_module_of_its_own_is_found_too() -> None:
    """`RouteTableRoute` is a type of inputs: none is lost for others in the same program."""
    code = f"{PRELUDE}\nimport pulumi_aws as aws\naws.ec2.Vpc\nprint(aws.ec2.RouteTableRouteArgs)\n"
    code += "print(len([name for name in dir(aws.ec2) if name[0].isupper()]) > 500)"
    shown = run(code)
    assert "RouteTableRouteArgs" in shown
    assert shown.endswith("True")


@pytest.mark.parametrize("package", ["redis", "compute"])
def test_a_star_import_takes_all_that_the_package_has(package: str) -> None:
    count = "print(len([name for name in dir() if name[0].isupper()]))"
    plain = run(f"from pulumi_gcp.{package} import *\n{count}")
    assert run(f"{PRELUDE}\ndel Cloud\nfrom pulumi_gcp.{package} import *\n{count}") == plain
    assert int(plain) > 50


def test_no_component_makes_the_sdks_lean() -> None:
    code = (
        "import sys, components.gateway, components.networks.gcp\n"
        "kind = type(sys.modules['pulumi_gcp.compute']).__name__\n"
        "print(kind == 'LeanPackage', 'stacks.lean' in sys.modules)"
    )
    assert run(code) == "False False"


def test_a_name_that_does_not_exist_is_an_attribute_error() -> None:
    code = f"{PRELUDE}\nimport pulumi_gcp\nprint(hasattr(pulumi_gcp.redis, 'Nothing'))"
    assert run(code) == "False"


def test_a_package_that_is_loaded_already_stays_as_it_is() -> None:
    code = f"import pulumi_gcp.redis as r\nr.Instance\n{PRELUDE}\n"
    code += "import pulumi_gcp\nprint(pulumi_gcp.redis is r, type(r).__name__)"
    assert run(code) == "True module"


def test_an_import_of_one_name_works_as_without() -> None:
    code = f"{PRELUDE}\nfrom pulumi_gcp.compute import Firewall, FirewallAllowArgs\n"
    assert run(code + "print(FirewallAllowArgs.__name__)") == "FirewallAllowArgs"


def test_the_collector_is_paused_in_the_block_and_then_scans_rarely_and_nothing_of_it() -> None:
    code = (
        "import gc\nfrom stacks import lean\n"
        "with lean.collector_paused():\n    inside = gc.isenabled()\n"
        "print(inside, gc.isenabled(), gc.get_freeze_count() > 0, gc.get_threshold()[2] > 50)"
    )
    assert run(code) == "False True True True"


WAITING = """
import asyncio, time
import pulumi
from stacks import lean
async def later(seconds, fails=False):
    await asyncio.sleep(seconds)
    if fails:
        raise RuntimeError("this failed")
    return seconds
async def main():
    first = pulumi.Output.from_input(later(0.1, fails={fails}))
    first.apply(lambda _: pulumi.Output.from_input(later(0.2)).apply(lambda _: print("known")))
    pulumi.Output.from_input(later(0.1 if not {fails} else 20))
    began = time.monotonic()
    await lean.registered()
    print("waited", time.monotonic() - began < 10)
asyncio.new_event_loop().run_until_complete(main())
"""


def test_a_program_waits_for_outputs_that_come_of_other_outputs_too() -> None:
    assert run(WAITING.format(fails=False)).splitlines() == ["known", "waited True"]


def test_a_program_stops_waiting_when_something_has_failed() -> None:
    assert run(WAITING.format(fails=True)).splitlines() == ["waited True"]


def test_every_package_of_the_sdks_that_components_use_is_lean() -> None:
    lean = {f"{root}.{package}" for root, packages in PACKAGES.values() for package in packages}
    used = set().union(*map(packages_of, (CHECKOUT / "components").rglob("*.py")))
    assert used == lean


def packages_of(file: Path) -> set[str]:
    """The packages of the SDKs that a module names: from them it takes resources."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    imports = [one for one in ast.walk(tree) if isinstance(one, ast.Import)]
    froms = [one for one in ast.walk(tree) if isinstance(one, ast.ImportFrom) and one.module]
    names = [one for node in imports for one in node.names if one.name in ROOTS]
    roots = {one.asname or one.name: one.name for one in names}
    return {
        *(
            f"{one.module}.{name.name}"
            for one in froms
            if one.module in ROOTS
            for name in one.names
        ),
        *(str(one.module) for one in froms if str(one.module).rpartition(".")[0] in ROOTS),
        *(
            f"{roots[one.value.id]}.{one.attr}"
            for one in ast.walk(tree)
            if isinstance(one, ast.Attribute) and isinstance(one.value, ast.Name)
            if one.value.id in roots and one.attr.islower()
        ),
    }
