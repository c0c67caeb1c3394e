"""Reads and writes the recorded address plans, ``stacks/<stack>.addresses.yaml``.

The file is YAML with one block in a line and sorted keys, so that the regions of two branches
merge. After a merge, or when a person has edited the file, all its errors are reported at once.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from ipaddress import IPv4Network
from pathlib import Path as File
from typing import Any, Final

import pulumi
import yaml
from pydantic import ValidationError

from components.addressing import AddressError, dcgw_faults, dcgw_remedy, listed, parse
from components.addressing.conflicts import Claim, claimed_for, conflicts, taken_for
from components.addressing.plan import AddressPlan, CloudBlocks, RegionBlocks
from components.addressing.roles import CUSTOMER_PREFIXES, SIZES, Role
from components.fabric.model import FabricNumbers
from components.fabric.numbers import number_problems
from components.networks.subnets import landing_blocks
from components.regions import Cloud
from stacks.commands import CHECKOUT, committed_command, make_command
from stacks.errors import Path, Problem, from_validation
from stacks.models.address_plan import RecordedPlan, RecordedRegion

SUFFIX: Final = ".addresses.yaml"

_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The parser in C is ten times as fast. Each preview reads the plans of all stacks."""

_HEADER: Final = """\
# The recorded address plan of the stack {stack}: written by `{command}`, to be
# committed. A block never changes, and nobody else gets it until a person releases it.
# docs/addresses.md
"""


class AddressPlanError(pulumi.RunError):
    """A recorded address plan is wrong. ``str()`` has one line for each problem.

    It is a ``RunError``, so Pulumi shows the message without a traceback.
    """

    def __init__(self, file: str, problems: list[Problem]) -> None:
        """Render the problems of a file."""
        super().__init__("\n".join(problem.line(file, root="") for problem in problems))


@dataclass(frozen=True)
class RecordedPlans:
    """The recorded plan of a stack, and those of the other stacks in the folder."""

    stack: str
    own: AddressPlan
    others: Mapping[str, AddressPlan] = field(default_factory=dict)
    """By file."""
    unreadable: tuple[str, ...] = ()
    """What is wrong with files of others. They are not compared with the own plan."""
    project: File | None = None
    """The folder of the stack's Pulumi project. None: the checkout."""

    @property
    def file(self) -> str:
        """The file of the plan in messages."""
        return plan_file(self.stack)

    @property
    def command(self) -> str:
        """The command that records new blocks."""
        return make_command("addresses", self.stack, self.project)

    def taken_for(self, cloud: Cloud, region: str) -> list[IPv4Network]:
        """The blocks that a new network of a region must not overlap."""
        return taken_for(cloud, region, self.file, self.own, self.others)

    def claimed(self, cloud: Cloud, region: str) -> list[Claim]:
        """The claims that a new network of a region must not overlap."""
        return claimed_for(cloud, region, self.file, self.own, self.others)


def plan_file(stack: str) -> str:
    """The path of a stack's recorded plan, relative to the project."""
    return f"stacks/{stack}{SUFFIX}"


def read_plans(folder: File, stack: str) -> RecordedPlans | None:
    """Read the plan of a stack and those of the others in a folder; ``None`` if it has none.

    Raises ``AddressPlanError`` with all problems of the stack's own plan: values, limits of the
    clouds, overlaps, and conflicts with plans of the same routing domain.
    """
    if not (folder / f"{stack}{SUFFIX}").exists():
        return None
    own = read_plan(folder, stack)
    others, unreadable = read_others(folder, stack)
    plans = RecordedPlans(stack, own, others, unreadable, folder.parent)
    if problems := list(conflict_problems(plans)):
        raise AddressPlanError(plans.file, problems)
    return plans


def read_others(folder: File, stack: str) -> tuple[dict[str, AddressPlan], tuple[str, ...]]:
    """The plans of the other stacks in a folder by file, and the errors of those not readable."""
    others: dict[str, AddressPlan] = {}
    unreadable: list[str] = []
    for file in sorted(folder.glob(f"*{SUFFIX}")):
        other = file.name.removesuffix(SUFFIX)
        if other == stack:
            continue
        try:
            others[plan_file(other)] = read_plan(folder, other)
        except AddressPlanError as error:
            unreadable.append(str(error))
    return others, tuple(unreadable)


def read_plan(folder: File, stack: str) -> AddressPlan:
    """Read one plan. Raises ``AddressPlanError`` with all problems of its values."""
    name = plan_file(stack)
    text = (folder / f"{stack}{SUFFIX}").read_text()
    document, problems = _document(text, make_command("addresses", stack, folder.parent))
    if problems:
        raise AddressPlanError(name, problems)
    try:
        recorded = RecordedPlan.model_validate_json(json.dumps(document, default=str))
    except ValidationError as error:
        raise AddressPlanError(name, from_validation(error, RecordedPlan, {})) from None
    if problems := list(_limit_problems(recorded)):
        raise AddressPlanError(name, problems)
    return _plan(recorded)


def _document(text: str, command: str) -> tuple[object, list[Problem]]:
    """Parse the text of a file, or say why it cannot be parsed. ``command`` records the plan."""
    if any(line.startswith(("<<<<<<< ", ">>>>>>> ")) for line in text.splitlines()):
        wrong = "has conflict markers of a merge"
        remedy = f"keep the lines of both sides, and run `{command}`"
        return None, [Problem((), wrong, remedy)]
    try:
        node = yaml.compose(text, Loader=_LOADER)
        repeated = list(_repeated(node, ()))
        document = None if node is None else yaml.SafeLoader("").construct_document(node)
    except yaml.YAMLError as error:
        wrong = "is not YAML: " + " ".join(str(error).split())
        return None, [Problem((), wrong, "restore it from version control")]
    return {} if document is None else document, repeated


def _repeated(node: yaml.Node | None, path: Path) -> Iterator[Problem]:
    """Keys that are written twice. YAML would drop one of them silently."""
    if not isinstance(node, yaml.MappingNode):
        return
    seen: set[str] = set()
    for key, value in node.value:
        below: Path = (*path, str(key.value))
        if key.value in seen:
            wrong = f"is written twice, again in line {key.start_mark.line + 1}"
            yield Problem(below, wrong, "delete one of the two")
        seen.add(key.value)
        yield from _repeated(value, below)


def _limit_problems(recorded: RecordedPlan) -> Iterator[Problem]:
    """Blocks that their cloud does not accept, or that lie outside the block that holds them."""
    for cloud in Cloud:
        there = recorded.cloud(cloud)
        if there is None:
            continue
        for name, region in there.regions.items():
            path: Path = (cloud.value, "regions", name)
            yield from _region_problems(cloud, path, region)
            if region.reserve is not None and not region.reserve.subnet_of(there.summary):
                wrong = f"lies outside {there.summary}, the summary of {cloud}"
                yield _out(path, "reserve", region.reserve, wrong, "write a block inside it")
    if recorded.fabric is not None:
        for problem in number_problems(recorded.fabric.numbers, {}):
            # The planner's paths begin at ``numbers``.
            yield replace(problem, path=("fabric", *problem.path[1:]))


def _region_problems(cloud: Cloud, path: Path, region: RecordedRegion) -> Iterator[Problem]:
    inside: dict[Role, IPv4Network] = {}
    if region.landing and CUSTOMER_PREFIXES[cloud].accepts(region.landing):
        inside = landing_blocks(cloud, region.landing)
    for role, block in _blocks(region).items():
        sizes = SIZES[role].get(cloud)
        if sizes is None:
            wrong = f"is a block that {cloud} does not have"
            yield _out(path, role.value, block, wrong, "delete it")
        elif role is Role.GATEWAY:
            if faults := dcgw_faults(cloud, block, 0):
                wrong = " and ".join(faults)
                yield _out(path, role.value, block, wrong, dcgw_remedy(cloud))
        elif not sizes.accepted.accepts(block):
            wrong = f"is a /{block.prefixlen}, and in {cloud} it is {sizes.accepted}"
            yield _out(path, role.value, block, wrong, f"write a /{sizes.planned}")
        elif touched := [kept for kept in sizes.outside if block.overlaps(kept)]:
            wrong = f"overlaps {listed(touched)}, which the cloud uses itself"
            yield _out(path, role.value, block, wrong, "write another block")
        elif role.in_landing and block != inside.get(role):
            place = f"is not {inside[role]}" if role in inside else "has no room in the landing"
            remedy = "delete it: its place follows from the landing"
            yield _out(path, role.value, block, place, remedy)
    for text in region.replaced:
        try:
            parse(text)
        except AddressError as error:
            yield Problem((*path, "replaced", text), error.wrong, error.remedy)


def _out(path: Path, key: str, block: IPv4Network, wrong: str, remedy: str) -> Problem:
    return Problem((*path, key), wrong, remedy, str(block))


def _blocks(region: RecordedRegion) -> dict[Role, IPv4Network]:
    """The blocks of a region by role, except spokes."""
    return {
        role: block
        for role in Role
        if role is not Role.SPOKE and (block := getattr(region, role.value)) is not None
    }


def _plan(recorded: RecordedPlan) -> AddressPlan:
    clouds = {}
    for cloud in Cloud:
        if (there := recorded.cloud(cloud)) is not None:
            regions = {
                name: RegionBlocks(
                    _blocks(region),
                    region.spokes,
                    region.reserve,
                    {parse(text): role for text, role in region.replaced.items()},
                    region.network,
                    region.retired,
                )
                for name, region in there.regions.items()
            }
            clouds[cloud] = CloudBlocks(there.summary, regions)
    numbers = recorded.fabric.numbers if recorded.fabric else FabricNumbers()
    return AddressPlan(clouds, recorded.routing_domain, numbers)


def conflict_problems(plans: RecordedPlans) -> Iterator[Problem]:
    """Every overlap in the plan, and with plans of its routing domain."""
    for found in conflicts(plans.file, plans.own, plans.others):
        first, second = found.first, found.second
        where = "" if first.plan == second.plan else f" in {first.plan}"
        wrong = f"of {second.owner} overlaps {first.cidr} of {first.owner}{where}"
        if second.name == "reserve":
            remedy = f"delete the region that is not live yet here, and run `{plans.command}`"
        elif second.name == "summary":
            remedy = f"delete {second.cloud} here if it is not live yet, and run `{plans.command}`"
        elif found.free is None:
            remedy = "move the one that is not live yet; no block of its size is free"
        else:
            remedy = f"move the one that is not live yet: {found.free} is free"
        yield Problem(_path(second), wrong, remedy, str(second.cidr))


def _path(claim: Claim) -> Path:
    """The path of a claim in its file."""
    if not claim.region:
        return (claim.cloud.value, "summary")
    kind, _, rest = claim.name.partition(" ")
    below = {"spoke": ("spokes", rest), "former": ("replaced", str(claim.cidr))}
    return (claim.cloud.value, "regions", claim.region, *below.get(kind, (kind,)))


def text_of(stack: str, plan: AddressPlan, project: File = CHECKOUT) -> str:
    """The text of a plan's file."""
    document: dict[str, Any] = {}
    if plan.routing_domain != "main":
        document["routing_domain"] = plan.routing_domain
    for cloud, there in plan.clouds.items():
        regions = {name: _region_document(region) for name, region in there.regions.items()}
        document[cloud.value] = {"regions": regions, "summary": str(there.summary)}
    if plan.fabric.driver is not None:
        document["fabric"] = _fabric_document(plan.fabric)
    return _header(stack, project) + yaml.safe_dump(document, default_flow_style=False)


def _header(stack: str, project: File) -> str:
    command = committed_command("addresses", stack, project)
    return _HEADER.format(stack=stack, command=command)


def _fabric_document(numbers: FabricNumbers) -> dict[str, Any]:
    return {
        "driver": None if numbers.driver is None else numbers.driver.value,
        "cores": {cloud.value: core for cloud, core in numbers.cores.items()},
        "asns": dict(numbers.asns),
        "tunnels": {key: [str(block) for block in to] for key, to in numbers.tunnels.items()},
    }


def _region_document(region: RegionBlocks) -> dict[str, Any]:
    document: dict[str, Any] = {role.value: str(block) for role, block in region.blocks.items()}
    if region.reserve is not None:
        document["reserve"] = str(region.reserve)
    if region.spokes:
        document["spokes"] = {name: str(block) for name, block in region.spokes.items()}
    if region.replaced:
        document["replaced"] = {str(block): role.value for block, role in region.replaced.items()}
    if region.network is not None:
        document["network"] = region.network
    if region.retired:
        document["retired"] = True
    return document
