"""Rules about the transit fabric: what it needs of regions, and what it must not declare.

They read the settings. Overlaps of spokes are among the rules of the environment.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final

from components.addressing import AddressError
from components.fabric.checks import declaration_problems
from components.fabric.errors import FabricError
from components.fabric.model import FabricDriver, FabricNumbers, GivenSpoke, InspectionKind
from components.fabric.plan import planned_numbers
from components.fabric.routes import prefix_list_size
from components.links.kinds import LinkKind
from components.networks.subnets import require_customer_block
from components.regions import Cloud
from stacks.address_files import RecordedPlans
from stacks.commands import make_command, running_project
from stacks.errors import ABSENT, Path, Problem
from stacks.fabric import fabric_args
from stacks.models import Region, Settings
from stacks.models.fabric import FabricSettings, SpokeSettings

_ROOT: Path = ("fabric",)


def fabric_problems(
    settings: Settings, plans: RecordedPlans | None, *, recording: bool = False
) -> Iterator[Problem]:
    """Every violation of a rule by the fabric.

    ``plans`` has the recorded numbers. With ``recording``, they may be incomplete: the caller is
    about to record them.
    """
    fabric = settings.fabric
    if fabric is None:
        return
    for index, region in enumerate(settings.regions):
        yield from _region_problems(index, region, plans)
    yield from _subscription_problems(settings)
    yield from _spoke_problems(settings, fabric)
    yield from _unused_segments(fabric)
    yield from _driver_options(fabric)
    yield from _organization(settings, fabric)
    args = fabric_args(settings, fabric, plans.own if plans else None)
    found = declaration_problems(args)
    yield from (_in_settings(settings, problem, plans) for problem in found)
    if found or recording:
        return
    try:
        numbers = planned_numbers(args)
    except FabricError as error:
        yield from (_in_settings(settings, problem, plans) for problem in error.problems)
    else:
        yield from _unrecorded(settings, args.numbers, numbers, plans)


def _region_problems(index: int, region: Region, plans: RecordedPlans | None) -> Iterator[Problem]:
    """A region whose hub or landing is not created here."""
    path: Path = ("regions", index)
    if region.landing.network is not None:
        wrong = "is given, and a fabric changes routes and filters of the landing"
        remedy = (
            f"delete it, so that the landing of {region.key} is created here; or join the network "
            f"as a spoke: fabric.spokes.<name>: {{region: {region.key}, network: ...}}"
        )
        yield Problem((*path, "landing", "network"), wrong, remedy)
    links = {link.kind: link for link in region.chosen_links}
    if region.cloud is Cloud.AWS and LinkKind.TRANSIT_GATEWAY not in links:
        wrong = "have no transit-gateway, and a fabric needs the region's Transit Gateway"
        yield Problem((*path, "links"), wrong, "add transit-gateway: {}")
    if region.cloud is Cloud.AZURE:
        link = links.get(LinkKind.VIRTUAL_HUB)
        if link is None:
            wrong = "have no virtual-hub, and a fabric needs the region's virtual hub"
            if plans is None:
                hub = "{virtual-hub: {address_prefix: <a free block, /24 or larger>}}"
                remedy = f"write links: {hub}"
            else:
                remedy = (
                    f"write links: {{virtual-hub: {{}}}}, and `{plans.command}` gives it a block"
                )
            yield Problem((*path, "links"), wrong, remedy)
        elif link.hub is not None and link.hub.hub_id is not None:
            wrong = "is a hub that exists, and all hubs of a fabric are in one virtual WAN"
            remedy = "delete hub_id, and write address_prefix for a hub that is created here"
            yield Problem((*path, "links", link.key, "hub_id"), wrong, remedy, link.hub.hub_id)


def _subscription_problems(settings: Settings) -> Iterator[Problem]:
    """A region in Azure whose hub would be in another subscription than its virtual WAN.

    Microsoft documents hubs in other resource groups, and none in other subscriptions ("Virtual WAN
    FAQ"). The subscription of the ambient credentials is not known here.
    """
    first: tuple[str, str] | None = None
    for index, region in enumerate(settings.regions):
        account = settings.accounts.get(region.account or "")
        if account is None or region.cloud is not Cloud.AZURE:
            continue
        first = first or (region.key, account.id)
        if account.id.lower() != first[1].lower():
            wrong = (
                f"is another subscription than that of {first[0]}, and all hubs of a fabric are in "
                "one virtual WAN, so in one subscription"
            )
            remedy = "write the same account for all regions in azure"
            yield Problem(("regions", index, "account"), wrong, remedy, region.account)


def _spoke_problems(settings: Settings, fabric: FabricSettings) -> Iterator[Problem]:
    clouds = {region.key: region.cloud for region in settings.regions}
    for name, spoke in fabric.spokes.items():
        path: Path = (*_ROOT, "spokes", name)
        cloud = clouds.get(spoke.region)
        if cloud is None:
            continue
        if spoke.network is not None:
            yield from _given_problems((*path, "network"), cloud, spoke)
            continue
        try:
            require_customer_block(cloud, spoke.cidr)
        except AddressError as error:
            yield Problem((*path, "cidr"), error.wrong, error.remedy, error.value)


_IDS = {Cloud.AWS: "vpc-", Cloud.AZURE: "/subscriptions/", Cloud.GCP: "projects/"}
"""How the id of a network begins."""


def _given_problems(path: Path, cloud: Cloud, spoke: SpokeSettings) -> Iterator[Problem]:
    """A given network of another cloud, or without what AWS needs."""
    given: GivenSpoke | None = spoke.network.given if spoke.network else None
    if given is None:
        return
    if not given.network_id.startswith(_IDS[cloud]):
        wrong = f"is not the id of a network in {cloud}, where {spoke.region} is"
        remedy = f"write an id that begins with {_IDS[cloud]}"
        yield Problem((*path, "id"), wrong, remedy, given.network_id)
    elif cloud is Cloud.AWS and not given.subnet_ids:
        wrong = "is missing: the Transit Gateway needs an interface in each zone"
        remedy = "add for example subnet_ids: [subnet-0ae32356bb9b2d9fe]"
        yield Problem((*path, "subnet_ids"), wrong, remedy)
    if cloud is not Cloud.AWS:
        for key in ("subnet_ids", "route_table_ids"):
            if written := getattr(given, key):
                wrong = f"is for AWS only, and {spoke.region} is in {cloud}"
                yield Problem((*path, key), wrong, f"delete {key}", written)


def _unused_segments(fabric: FabricSettings) -> Iterator[Problem]:
    used = {spoke.segment for spoke in fabric.spokes.values()}
    for name in fabric.segments:
        if name not in used:
            wrong, remedy = "has no spoke", "delete it, or name it as the segment of a spoke"
            yield Problem((*_ROOT, "segments", name), wrong, remedy)


def _driver_options(fabric: FabricSettings) -> Iterator[Problem]:
    if fabric.driver is FabricDriver.AVIATRIX and fabric.aviatrix is None:
        wrong = "is missing, and the driver is aviatrix"
        yield Problem((*_ROOT, "aviatrix"), wrong, "add aviatrix: and its options")
    if fabric.driver is not FabricDriver.AVIATRIX and fabric.aviatrix is not None:
        wrong = f"is not used: the driver is {fabric.driver}"
        yield Problem((*_ROOT, "aviatrix"), wrong, "write driver: aviatrix, or delete it")


def _organization(settings: Settings, fabric: FabricSettings) -> Iterator[Problem]:
    """Firewalls in GCP without the organization that they belong to, or one that is not used."""
    inspection = fabric.inspection
    path: Path = (*_ROOT, "inspection", "organization")
    in_gcp = any(region.cloud is Cloud.GCP for region in settings.regions)
    native = fabric.driver is FabricDriver.NATIVE
    needed = native and in_gcp and inspection.kind is not InspectionKind.NONE
    if needed and inspection.organization is None:
        wrong = "is missing: firewalls in GCP and their profiles belong to an organization"
        yield Problem(path, wrong, "write its number, for example organization: '123456789012'")
    if not needed and inspection.organization is not None:
        wrong = "is not used: no firewall of the native driver inspects in GCP"
        yield Problem(path, wrong, "delete it", inspection.organization)


def _in_settings(settings: Settings, problem: Problem, plans: RecordedPlans | None) -> Problem:
    """A problem of the planner with the path of its value in the stack file."""
    match problem.path:
        case ("hubs", key, *below):
            index = [region.key for region in settings.regions].index(str(key))
            of_hub = _of_hub(settings.regions[index], str(below[0]))
            return replace(problem, path=("regions", index, *of_hub, *below[1:]))
        case ("spokes", name, "hub"):
            path: Path = ("spokes", name, "region")
        case ("numbers", *below):
            return _in_plan(problem, ("fabric", *below), plans)
        case ("summaries", cloud):
            return _in_plan(problem, (cloud, "summary"), plans)
        case _:
            path = problem.path
    return Problem((*_ROOT, *path), problem.wrong, problem.remedy, problem.value)


def _of_hub(region: Region, block: str) -> Path:
    """Where the blocks of a hub are in its region: gateway, landing, reach and the hub's own."""
    if block == "own":
        links = region.chosen_links
        hub = next(link.key for link in links if link.kind is LinkKind.VIRTUAL_HUB)
        return ("links", hub, "address_prefix")
    return {"gateway": ("cidr",), "landing": ("landing", "cidr")}.get(block, ("landing", block))


def _in_plan(problem: Problem, path: Path, plans: RecordedPlans | None) -> Problem:
    """A problem of the fabric whose value is in the recorded plan."""
    value = "" if problem.value is ABSENT else f" {problem.value}"
    file = plans.file if plans else "the recorded address plan"
    wrong = f"has{value} as {'.'.join(map(str, path))} in {file}, which {problem.wrong}"
    return Problem(_ROOT, wrong, problem.remedy)


def _unrecorded(
    settings: Settings, recorded: FabricNumbers, used: FabricNumbers, plans: RecordedPlans | None
) -> Iterator[Problem]:
    """Numbers of the fabric that are not in the recorded plan."""
    missing = [f"core of {cloud}" for cloud in used.cores if cloud not in recorded.cores]
    missing += [f"ASN of {key}" for key in used.asns if key not in recorded.asns]
    missing += [f"tunnels of {key}" for key in used.tunnels if key not in recorded.tunnels]
    if not missing:
        return
    stack = settings.stack
    file = plans.file if plans else f"stacks/{stack}.addresses.yaml"
    command = plans.command if plans else make_command("addresses", stack, running_project())
    more = f", and {len(missing) - 3} more" if len(missing) > 3 else ""
    wrong = f"has numbers that {file} does not record: {', '.join(missing[:3])}{more}"
    yield Problem(_ROOT, wrong, f"run `{command}`, and commit the file")


def fabric_warnings(settings: Settings) -> Iterator[Problem]:
    """Fabrics that are accepted but may not do what is expected."""
    fabric = settings.fabric
    if fabric is None:
        return
    clouds = {region.key: region.cloud for region in settings.regions}
    by_cloud = {name: clouds.get(spoke.region) for name, spoke in fabric.spokes.items()}
    inspected = fabric.inspection.kind is not InspectionKind.NONE
    if inspected and fabric.driver is FabricDriver.NATIVE:
        for name, spoke in fabric.spokes.items():
            if spoke.network is not None and by_cloud[name] is Cloud.GCP:
                wrong = (
                    "is given and in GCP, so its packets are not inspected there: its owner "
                    "decides whether firewall policies come before firewall rules"
                )
                remedy = "apply a firewall policy to the network yourself, or let it be created"
                yield Problem((*_ROOT, "spokes", name, "network"), wrong, remedy)
    if fabric.driver is FabricDriver.NATIVE:
        yield from _quota_warnings(settings, fabric)
        yield from _learned_warnings(settings, fabric)
    yield from _azure_warnings(fabric, by_cloud)


def _azure_warnings(
    fabric: FabricSettings, by_cloud: Mapping[str, Cloud | None]
) -> Iterator[Problem]:
    """Spokes in Azure that only their owner keeps apart: a virtual hub connects all networks."""
    if fabric.driver is not FabricDriver.NATIVE:
        return
    in_azure = [name for name in fabric.spokes if by_cloud[name] is Cloud.AZURE]
    kind = fabric.inspection.kind
    if kind is InspectionKind.THIRD_PARTY and in_azure and len(fabric.segments) > 1:
        wrong = (
            f"keeps {', '.join(sorted(in_azure))} in their segments by packet filters only: your "
            "firewalls have rules of their own, and routing intent is instead of route tables"
        )
        remedy = "write rules for the segments in your firewalls"
        yield Problem((*_ROOT, "inspection", "kind"), wrong, remedy, kind.value)
    for name in in_azure if kind is InspectionKind.NONE else ():
        if fabric.spokes[name].network is not None:
            wrong = (
                "is given and in Azure, where a virtual hub connects all networks: only its own "
                "security rules decide who calls it"
            )
            remedy = "write security rules for it, or let the network be created"
            yield Problem((*_ROOT, "spokes", name, "network"), wrong, remedy)


def _quota_warnings(settings: Settings, fabric: FabricSettings) -> Iterator[Problem]:
    """What a region in AWS needs more of than AWS allows unless asked.

    The security group of a landing has a rule for each port with the list of the other regions'
    gateways, and one for each port with the region's own gateway. A Transit Gateway has a route
    table for each segment with a spoke on it. Sources: "Amazon VPC quotas"; "Quotas for your
    transit gateways".
    """
    for index, region in enumerate(settings.regions):
        if region.cloud is not Cloud.AWS:
            continue
        segments = {one.segment for one in fabric.spokes.values() if one.region == region.key}
        inspected = fabric.inspection.kind is not InspectionKind.NONE
        tables = len(segments) + _OWN_TABLES + inspected
        if tables > _TABLES:
            wrong = (
                f"needs {tables} route tables of the Transit Gateway for {len(segments)} segments, "
                f"and AWS allows {_TABLES} unless you ask for more"
            )
            remedy = f"before the update, ask AWS for {tables} in this account and region"
            yield Problem(("regions", index), wrong, remedy)
        others = sum(not one.isolated for one in settings.regions if one is not region)
        rules = len(region.landing.ports) * (prefix_list_size(others) + 1)
        if rules > _RULES:
            wrong = (
                f"needs a security group with {rules} rules for the gateways of {others} other "
                f"regions, and AWS allows {_RULES} unless you ask for more"
            )
            remedy = (
                f"before the update, ask AWS for {rules} inbound rules per security group "
                "(quota L-0EA8095F) in this account and region, or declare fewer ports"
            )
            yield Problem(("regions", index, "landing", "ports"), wrong, remedy)


_RULES: Final = 60
"""The inbound rules of a security group in AWS, unless the quota is raised."""
_OWN_TABLES: Final = 3
"""The tables that each Transit Gateway has: gateways, landing, transit."""
_TABLES: Final = 20
"""The route tables of a Transit Gateway, unless the quota is raised."""


def _learned_warnings(settings: Settings, fabric: FabricSettings) -> Iterator[Problem]:
    """A fabric of which a network in GCP learns more blocks than Google routes unless asked.

    Source: Google Cloud, "Quotas and limits" of Cloud Router, with its order of dropping routes.
    """
    behind = {
        region.key: 1 + (not region.isolated) + len(region.landing.reach)
        for region in settings.regions
    }
    in_gcp = [region.key for region in settings.regions if region.cloud is Cloud.GCP]
    if not in_gcp:
        return
    learned = sum(behind.values()) - min(behind[key] for key in in_gcp) + len(fabric.spokes)
    if learned > _LEARNED:
        wrong = (
            f"has {learned} blocks that a network in GCP learns, and Google routes {_LEARNED} "
            "unless you ask for more: it drops those with the longest prefixes"
        )
        remedy = (
            f"before the update, ask Google for {learned} unique Cloud Router dynamic route "
            "prefixes from own region, in each GCP project and region of the fabric"
        )
        yield Problem(_ROOT, wrong, remedy)


_LEARNED: Final = 250
"""The prefixes that Cloud Routers learn for a network and region, unless the quota is raised."""
