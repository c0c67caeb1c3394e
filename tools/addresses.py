"""Writes the recorded address plan of a stack, ``stacks/<stack>.addresses.yaml``.

    make addresses STACK=dev                             record what the stack file needs
    make addresses STACK=dev SPOKE=aws-us-east-2/shop    record a block for another network
    make addresses STACK=dev RELEASE=aws-us-east-2       give up the blocks of a deleted region
    make addresses STACK=dev RELEASE=fabric              give up the numbers of a deleted fabric
    make addresses STACK=dev ARGS=--check                write nothing; exit 1 if it would

It asks no cloud. A new block overlaps none of the stack files and plans in the folder. The file is
committed together with the stack file.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import unified_diff
from ipaddress import IPv4Network
from pathlib import Path
from typing import Annotated, Any, Final

import typer
import yaml

from components.addressing import AddressError
from components.addressing.conflicts import claims
from components.addressing.plan import AddressPlan, Requests, extended, released
from components.addressing.roles import SIZES, Role
from components.fabric.errors import FabricError
from components.fabric.model import FabricNumbers
from components.regions import Cloud
from stacks.address_files import (
    SUFFIX,
    AddressPlanError,
    RecordedPlans,
    conflict_problems,
    plan_file,
    read_others,
    read_plan,
    text_of,
)
from stacks.address_plan import requests_of
from stacks.commands import make_command
from stacks.defaults import fill
from stacks.errors import SettingsError, cleaned, nearest
from stacks.fabric import planned_fabric
from stacks.rules.environment import Document, blocks_of
from stacks.settings import CONFIG_KEY, CONFIG_NAMESPACE, load, stack_file
from tools.engine import CHECKOUT
from tools.progress import say
from tools.run import ProjectFolder

_KEY: Final = re.compile(rf"({'|'.join(Cloud)})-([a-z][a-z0-9-]*)")
_SPOKE: Final = re.compile(r"([a-z0-9-]+)/([a-z][a-z0-9-]{0,62})(?::/?([0-9]{1,2}))?")

FABRIC: Final = "fabric"
"""What releases the numbers of the fabric, instead of the key of a region."""

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


class AddressesError(Exception):
    """The plan cannot be written. The text is for the user."""


@dataclass(frozen=True)
class Outcome:
    """The plan of a stack before and after a run."""

    before: AddressPlan
    after: AddressPlan
    old_text: str
    new_text: str

    @property
    def changed(self) -> bool:
        """Whether the file would change."""
        return self.old_text != self.new_text


def outcome(
    project: Path,
    stack: str,
    spokes: Sequence[str] = (),
    release: Sequence[str] = (),
    settings: Document | None = None,
) -> Outcome:
    """Return a stack's plan with a block for everything that its stack file needs.

    ``settings`` are those of the stack, if its file is not written yet. ``spokes`` are
    ``<region key>/<name>`` or ``<region key>/<name>:<prefix length>``. ``release`` are keys of
    regions, ``aws-us-east-2``, or ``fabric`` for the numbers of a deleted fabric. Nothing is
    written. Raises ``AddressesError`` with all problems of the plan, its conflicts, or those of the
    stack file.
    """
    folder = project / "stacks"
    file = folder / f"{stack}{SUFFIX}"
    written = _document(project, stack) if settings is None else settings
    document = fill(stack, written).document
    try:
        before = read_plan(folder, stack) if file.exists() else AddressPlan()
        others, unreadable = read_others(folder, stack)
        if unreadable:
            raise AddressesError("\n".join(unreadable))
        requests = _with_spokes(requests_of(document), spokes)
        # Twice: a released region must be retired first, and its blocks can then be given again.
        plan = _retired(before, requests)
        for key in release:
            plan = _released(plan, key, document)
        elsewhere = list(_elsewhere(project, stack, document, plan, others))
        after = extended(plan, requests, elsewhere)
        plans = RecordedPlans(stack, after, others, project=project)
        if problems := list(conflict_problems(plans)):
            raise AddressPlanError(plans.file, problems)
        settings_found = load(stack, written, plans=plans, recording=True)
        used = frozenset(_asns_elsewhere(plan, others))
        if (fabric := planned_fabric(settings_found, after, used)) is not None:
            after = replace(after, fabric=fabric.numbers)
            load(stack, written, plans=replace(plans, own=after))
    except (AddressError, AddressPlanError, FabricError, SettingsError) as error:
        raise AddressesError(str(error)) from None
    old_text = file.read_text() if file.exists() else ""
    return Outcome(before, after, old_text, text_of(stack, after, project))


def write(
    project: Path, stack: str, spokes: Sequence[str] = (), release: Sequence[str] = ()
) -> Outcome:
    """Write the plan that ``outcome`` returns. An unchanged file is not written."""
    found = outcome(project, stack, spokes, release)
    if found.changed:
        (project / plan_file(stack)).write_text(found.new_text)
    return found


def _document(project: Path, stack: str) -> Document:
    """The settings in a stack file. Tokens in it are replaced by a placeholder."""
    file = project / stack_file(stack)
    try:
        config = (yaml.safe_load(file.read_text()) or {}).get("config") or {}
    except FileNotFoundError:
        known = [path.name.split(".")[1] for path in (project / "stacks").glob("Pulumi.*.yaml")]
        text = f"{stack_file(stack)} does not exist; {nearest(stack, known)}"
        raise AddressesError(text) from None
    except yaml.YAMLError as error:
        raise AddressesError(f"{stack_file(stack)} is not YAML: {error}") from None
    document, _ = cleaned(config.get(f"{CONFIG_NAMESPACE}:{CONFIG_KEY}"))
    return document if isinstance(document, Mapping) else {}


def _retired(plan: AddressPlan, requests: Requests) -> AddressPlan:
    """The plan, in which the regions that are not requested are retired."""
    clouds = {
        cloud: replace(
            there,
            regions={
                name: replace(region, retired=name not in requests.get(cloud, {}))
                for name, region in there.regions.items()
            },
        )
        for cloud, there in plan.clouds.items()
    }
    return replace(plan, clouds=clouds)


def _released(plan: AddressPlan, key: str, document: Document) -> AddressPlan:
    """The plan without what a person gives up: a region, or the numbers of the fabric."""
    if key != FABRIC:
        cloud, region = _key(key)
        return released(plan, cloud, region)
    if document.get("fabric") is not None:
        raise AddressesError(
            "fabric is in the stack file; delete it there, run `pulumi up`, then release its "
            "numbers"
        )
    if plan.fabric.driver is None:
        raise AddressesError("fabric is not in the plan; there is nothing to release")
    return replace(plan, fabric=FabricNumbers())


def _key(text: str) -> tuple[Cloud, str]:
    if match := _KEY.fullmatch(text):
        return Cloud(match[1]), match[2]
    raise AddressesError(f"{text!r} is not a region; write it like aws-us-east-2")


def _with_spokes(requests: Requests, spokes: Sequence[str]) -> Requests:
    """The requests with spokes added to their regions."""
    added: dict[Cloud, dict[str, Any]] = {cloud: dict(there) for cloud, there in requests.items()}
    for text in spokes:
        match = _SPOKE.fullmatch(text)
        if match is None:
            raise AddressesError(f"{text!r} is not a spoke; write it like aws-us-east-2/shop:20")
        cloud, region = _key(match[1])
        if region not in added.get(cloud, {}):
            known = [f"{cloud}-{name}" for cloud, there in added.items() for name in there]
            raise AddressesError(f"{match[1]} is not in the stack file; {nearest(match[1], known)}")
        sizes = SIZES[Role.SPOKE][cloud]
        prefix = int(match[3] or sizes.planned)
        if not sizes.accepted.largest <= prefix <= sizes.accepted.smallest:
            raise AddressesError(
                f"{text}: a /{prefix} is no network in {cloud}; write {sizes.accepted}"
            )
        request = added[cloud][region]
        added[cloud][region] = replace(request, spokes={**request.spokes, match[2]: prefix})
    return added


def _elsewhere(
    project: Path,
    stack: str,
    document: Document,
    plan: AddressPlan,
    others: Mapping[str, AddressPlan],
) -> Iterator[IPv4Network]:
    """The blocks of others: of other stack files and plans, and what the gateway reaches."""
    yield from (block for path, block in blocks_of(document) if "reach" in path)
    for name, other in others.items():
        if other.routing_domain == plan.routing_domain:
            yield from (claim.cidr for claim in claims(name, other))
    for file in sorted((project / "stacks").glob("Pulumi.*.yaml")):
        other_stack = file.name.removeprefix("Pulumi.").removesuffix(".yaml")
        recorded = others.get(plan_file(other_stack), AddressPlan())
        if other_stack != stack and recorded.routing_domain == plan.routing_domain:
            yield from (block for _, block in blocks_of(_document(project, other_stack)))


def _asns_elsewhere(plan: AddressPlan, others: Mapping[str, AddressPlan]) -> Iterator[int]:
    """The ASNs of other fabrics of the routing domain. BGP drops a route with the own ASN in it."""
    for other in others.values():
        if other.routing_domain == plan.routing_domain:
            yield from other.fabric.asns.values()


def lines_of(found: Outcome) -> Iterator[str]:
    """What a run changes, one line for each block."""
    before, after = (
        {claim.owner: claim.cidr for claim in claims("", plan)}
        for plan in (found.before, found.after)
    )
    for owner, block in after.items():
        if (old := before.get(owner)) is None:
            yield f"+ {owner} {block}"
        elif old != block:
            yield f"~ {owner} {block}, was {old}"
    for owner, block in before.items():
        if owner not in after:
            yield f"- {owner} {block}"
    for cloud, there in found.after.clouds.items():
        old_cloud = found.before.clouds.get(cloud)
        for name, region in there.regions.items():
            old_region = old_cloud.regions.get(name) if old_cloud else None
            if region.retired and old_region and not old_region.retired:
                yield f"  {cloud}-{name} is retired: its blocks stay taken until it is released"
    yield from _fabric_lines(found.before.fabric, found.after.fabric)


def _fabric_lines(before: FabricNumbers, after: FabricNumbers) -> Iterator[str]:
    """What a run changes in the numbers of the fabric, one line for each number."""
    old, new = _numbers(before), _numbers(after)
    for owner, number in new.items():
        if owner not in old:
            yield f"+ fabric {owner} {number}"
        elif old[owner] != number:
            yield f"~ fabric {owner} {number}, was {old[owner]}"
    for owner, number in old.items():
        if owner not in new:
            yield f"- fabric {owner} {number}"


def _numbers(numbers: FabricNumbers) -> dict[str, str]:
    """Each number of a fabric by its owner, in the order of the lines."""
    found = {} if numbers.driver is None else {"driver": numbers.driver.value}
    found |= {f"core {cloud}": core for cloud, core in sorted(numbers.cores.items())}
    found |= {f"asn {key}": str(asn) for key, asn in sorted(numbers.asns.items())}
    for key, blocks in sorted(numbers.tunnels.items()):
        found[f"tunnels {key}"] = ", ".join(map(str, blocks))
    return found


def outside_summaries(plan: AddressPlan) -> Iterator[str]:
    """One line for each pinned block that is outside its cloud's summary."""
    for cloud, there in plan.clouds.items():
        for name, block in there.outside():
            yield (
                f"{block} of {cloud}-{name} is outside {there.summary}, the summary of {cloud}: "
                "routes and firewall rules must name it too"
            )


@app.command()
def main(
    stack: Annotated[str, typer.Argument(help="name of the stack")],
    spoke: Annotated[
        str, typer.Option(help="aws-us-east-2/shop[:20],...: blocks for further networks")
    ] = "",
    release: Annotated[
        str, typer.Option(help="aws-us-east-2,...,fabric: deleted regions or fabric to give up")
    ] = "",
    check: Annotated[
        bool, typer.Option("--check", help="write nothing; exit 1 if the file would change")
    ] = False,
    folder: ProjectFolder = Path(),
) -> None:
    """Record the address plan of a stack in stacks/STACK.addresses.yaml."""
    project = CHECKOUT / folder
    wanted = spoke.split(",") if spoke else [], release.split(",") if release else []
    try:
        found = outcome(project, stack, *wanted) if check else write(project, stack, *wanted)
    except AddressesError as error:
        say(f"error: {error}", style="red")
        sys.exit(1)
    file = plan_file(stack)
    for line in outside_summaries(found.after):
        say(f"note: {line}")
    if not found.changed:
        say(f"{file} has everything already.")
        return
    if check:
        diff = unified_diff(
            found.old_text.splitlines(), found.new_text.splitlines(), file, file, lineterm=""
        )
        say("\n".join(diff))
        variables = {"SPOKE": spoke, "RELEASE": release}
        command = make_command("addresses", stack, project, **variables)
        say(f"{file} is not up to date: run `{command}` and commit it")
        sys.exit(1)
    for line in lines_of(found):
        say(line)
    say(f"Wrote {file}: commit it together with {stack_file(stack)}.")


if __name__ == "__main__":
    app()
