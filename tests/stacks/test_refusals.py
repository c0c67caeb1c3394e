"""Settings refused for one break of a compliant environment: each message in full."""

from __future__ import annotations

import pytest

from tests.stacks.baseline import BASELINE, REMOVED, Step, lines_of, with_change

BREAKS: list[tuple[tuple[Step, ...], object, str]] = [
    (
        ("geo",),
        "uk",
        "gateway.geo: \"uk\" should be 'us', 'eu', 'au', 'me', 'in' or 'sg'; write for example "
        "geo: us (Konnect geography of the control planes: us, eu, au, me, in or sg)",
    ),
    (
        ("version",),
        3.13,
        'gateway.version: 3.13 is a YAML number, which loses trailing zeros; write version: "3.13"',
    ),
    (
        ("version",),
        3.1,
        "gateway.version: 3.1 is a YAML number, which loses trailing zeros; write "
        'version: "3.1", or version: "3.10" if that is meant',
    ),
    (
        ("version",),
        "3.13.0.1",
        'gateway.version: "3.13.0.1" is not a gateway version; write major and minor, quoted, '
        'for example version: "3.13"',
    ),
    (
        ("version",),
        "3.12",
        'gateway.version: "3.12" is too old for gateway.cache: the managed cache needs 3.13 or '
        'later; write version: "3.13", or cache: null',
    ),
    (
        ("autoscale", "base_rps"),
        "100",
        'gateway.autoscale.base_rps: "100" should be a valid integer; write for example '
        "base_rps: 100 (Requests per second to be ready for, at least 1; Kong scales up to ten "
        "times that)",
    ),
    (
        ("environment",),
        REMOVED,
        "gateway.environment: is missing, and the name of the stack is no class; add "
        "environment: dev, staging or prod, whose defaults it takes",
    ),
    (
        ("environment",),
        "production",
        "gateway.environment: \"production\" should be 'dev', 'staging' or 'prod'; write for "
        "example environment: dev (Class that gives what is left out: dev, staging or prod; the "
        "stack's name if it is one)",
    ),
    (
        ("autoscale",),
        None,
        "gateway.autoscale: is empty; add for example autoscale: {base_rps: 100} (Size of every "
        "data-plane group)",
    ),
    (
        ("protect",),
        "yes",
        'gateway.protect: "yes" should be a valid boolean; write for example protect: true '
        "(Whether Pulumi refuses to delete control planes, gateway networks, configurations, and "
        "the networks, hubs, DNS zones and edges that are made here)",
    ),
    (
        ("control_plane", "description"),
        "d" * 2049,
        f'gateway.control_plane.description: "{"d" * 59}... should have at most 2048 characters; '
        'write for example description: "APIs of the shop" (Free text, at most 2048 characters)',
    ),
    (
        ("rate_limit", "window_size"),
        0,
        "gateway.rate_limit.window_size: 0 should be greater than or equal to 1; write for "
        "example window_size: 60 (Length of the window in seconds, at least 1)",
    ),
    (
        ("cache", "teir"),
        "small",
        'gateway.cache.teir: "small" is not a known key; did you mean tier?',
    ),
    (
        ("regions", 0, "subnet"),
        1,
        "gateway.regions[0].subnet: 1 is not a known key; use one of account, cidr, cloud, "
        "dns, drain, isolated, landing, links, load_balancer, region, weight, zones",
    ),
    (
        ("control_plane", "labels", "kong-team"),
        "a",
        'gateway.control_plane.labels.kong-team: "a" has a key that begins with one of kong, '
        "konnect, mesh, kic, insomnia, kuma, _; use another key: Konnect reserves these",
    ),
    (
        ("control_plane", "labels", "team"),
        "platform ",
        'gateway.control_plane.labels.team: "platform " is not a label value; use 1 to 63 '
        "letters, digits, '-', '_' and '.', beginning and ending with a letter or digit",
    ),
    (
        ("control_plane", "labels"),
        {"l" * 64: "a"},
        f'gateway.control_plane.labels.{"l" * 64}: "a" has a key of 64 characters; use a key '
        "of 1 to 63 characters",
    ),
    (
        ("control_plane", "labels"),
        dict.fromkeys("abcdef", "x"),
        'gateway.control_plane.labels: {"a": "x", "b": "x", "c": "x", "d": "x", "e": "x", '
        '"f": "x"} has 6 labels, and at most 4 are accepted; delete labels that nobody searches '
        "for",
    ),
    (
        ("tags", "microsoft-id"),
        "1",
        'gateway.tags.microsoft-id: "1" is not a valid tag in azure; use a key of 1 to 512 '
        "characters without <>%&\\?/ that does not begin with microsoft, azure or windows, and "
        "a value of up to 256",
    ),
    (
        ("tags", "1st"),
        "1",
        'gateway.tags.1st: "1" is not a valid tag in gcp; use a key of 1 to 63 characters '
        "that begins with a letter, and a value of up to 63",
    ),
    (
        ("tags", "cost_centre#"),
        "1",
        'gateway.tags["cost_centre#"]: "1" is not a valid tag in aws; use a key of 1 to 128 '
        "and a value of up to 256 letters, digits, spaces and _.:/=+-@, the key not beginning "
        "with aws:",
    ),
    (
        ("tags", "cost-centre"),
        "1",
        "gateway.tags.cost-centre: \"1\" is the same tag as 'Cost Centre' in gcp; rename or "
        "delete one of the two",
    ),
    (
        ("azure",),
        REMOVED,
        "gateway.azure.kong_principal_id: is missing; Kong needs it for the peering of "
        "gateway.regions[1]; add the id that `az ad sp show --id <Kong's application id> "
        "--query id` prints, or write azure: {consent: manual}",
    ),
    (
        ("regions",),
        REMOVED,
        "gateway.regions: is missing; add for example regions: [{region: us-east-2, cidr: "
        "10.64.0.0/20, landing: 10.65.0.0/16}] (At least one region; each cloud and region once)",
    ),
    (
        ("regions",),
        [],
        "gateway.regions: [] tuple should have at least 1 item after validation, not 0; write "
        "for example regions: [{region: us-east-2, cidr: 10.64.0.0/20, landing: "
        "10.65.0.0/16}] (At least one region; each cloud and region once)",
    ),
    (
        ("regions", 1),
        {key: BASELINE["regions"][1][key] for key in ("zones", "cidr", "landing")}
        | {"region": "eastus"},
        'gateway.regions[1].cloud: is missing, and Kong documents no region "eastus"; did you '
        "mean eastus2? (otherwise add cloud)",
    ),
    (
        ("regions", 1, "cloud"),
        "gcp",
        'gateway.regions[1].region: "eastus2" is a region of azure, not of gcp; write cloud: azure',
    ),
    (
        ("regions", 1, "zones"),
        REMOVED,
        "gateway.regions[1].zones: names no zone, and Kong documents no zones of eastus2; name "
        "zone ids, as Konnect's availability document lists them",
    ),
    (
        ("regions", 0, "region"),
        "us-esat-2",
        "gateway.regions[0].zones: names no zone, and Kong documents no aws region us-esat-2; "
        "did you mean us-east-2 or us-west-2? (otherwise name zone ids, as Konnect's "
        "availability document lists them)",
    ),
    (
        ("regions", 0, "zones"),
        [],
        "gateway.regions[0].zones: [] names no zone; write zones: [use2-az1, use2-az2, "
        "use2-az3], or leave it out",
    ),
    (
        ("regions", 0, "zones"),
        ["use1-az1"],
        'gateway.regions[0].zones[0]: "use1-az1" is not a zone of us-east-2; did you mean '
        "use2-az1?",
    ),
    (
        ("regions", 0, "zones"),
        ["use2-az1", "use2-az1"],
        'gateway.regions[0].zones[1]: "use2-az1" is named twice; name each zone once',
    ),
    (
        ("regions", 0),
        {**BASELINE["regions"][0], "region": "me-central-1", "zones": ["me-central-1a"]},
        'gateway.regions[0].zones[0]: "me-central-1a" does not end in a zone number or letter; '
        "write a zone id such as use2-az1",
    ),
    (
        ("regions", 0, "cidr"),
        "10.99.98.0/21",
        'gateway.regions[0].cidr: "10.99.98.0/21" has host bits; the network is 10.99.96.0/21; '
        "write 10.99.96.0/21",
    ),
    (
        ("regions", 1, "cidr"),
        "10.80.0.0/22",
        'gateway.regions[1].cidr: "10.80.0.0/22" is a /22, and a gateway network in azure is '
        "/16 to /21; use a block of /16 to /21 inside 10.0.0.0/8, 100.64.0.0/10, "
        "172.16.0.0/12, 192.168.0.0/16, 198.18.0.0/15 and outside 10.100.0.0/16, 172.17.0.0/16",
    ),
    (
        ("regions", 0, "cidr"),
        REMOVED,
        "gateway.regions[0].cidr: is missing; add cidr: 10.64.0.0/20, which is free",
    ),
    (
        ("regions", 0, "cidr"),
        None,
        "gateway.regions[0].cidr: is empty; add cidr: 10.64.0.0/20, which is free",
    ),
    (
        ("regions", 2, "landing"),
        REMOVED,
        "gateway.regions[2].landing: is missing; add landing: 10.97.0.0/16, which is free",
    ),
    (
        ("regions", 2, "landing"),
        {},
        "gateway.regions[2].landing.cidr: is missing; add cidr: 10.97.0.0/16, which is free",
    ),
    (
        ("regions", 0, "landing", "cidr"),
        "10.65.0.0/24",
        'gateway.regions[0].landing.cidr: "10.65.0.0/24" is too small: a customer network in aws '
        "is /16 to /22; give it a private block of /16 to /22",
    ),
    (
        ("regions", 0, "landing"),
        "10.65.0.0/24",
        'gateway.regions[0].landing: "10.65.0.0/24" is too small: a customer network in aws '
        "is /16 to /22; give it a private block of /16 to /22",
    ),
    (
        ("regions", 0, "landing"),
        "10.65.0.1/16",
        'gateway.regions[0].landing: "10.65.0.1/16" has host bits; the network is 10.65.0.0/16; '
        "write 10.65.0.0/16",
    ),
    (
        ("regions", 1, "landing"),
        "10.64.0.0/16",
        'gateway.regions[1].landing: "10.64.0.0/16" overlaps 10.64.0.0/20 of '
        "gateway.regions[0].cidr; write landing: 10.66.0.0/16, which is free",
    ),
    (
        ("regions", 0, "landing", "network"),
        "network-team/dev",
        'gateway.regions[0].landing.network: "network-team/dev" should match pattern '
        "'^[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+){2}$'; write for example network: "
        "organization/network-team/dev (The network, if it exists: the stack that has made it, as "
        "organisation/project/stack, or its ids. Else it is made here)",
    ),
    (
        ("regions", 0, "landing", "network"),
        {"vpc_id": "vpc-0b80"},
        "gateway.regions[0].landing.network.account: is missing; add for example account: "
        '"111122223333" (Id of the account that owns the VPC, quoted)',
    ),
    (
        ("regions", 0, "landing", "network"),
        {},
        "gateway.regions[0].landing.network: {} is neither the name of a stack nor the ids of a "
        "network; write for example network: organization/network-team/dev (The network, if it "
        "exists: the stack that has made it, as organisation/project/stack, or its ids. Else it is "
        "made here)",
    ),
    (
        ("regions", 1, "landing", "network"),
        {"id": "projects/acme/global/networks/shared"},
        'gateway.regions[1].landing.network: {"id": "projects/acme/global/networks/shared"} has '
        "the ids of a network in gcp, and the region is in azure; write the ids of a network in "
        "azure: vnet_id, network_security_group_name, workload_cidr",
    ),
    (
        ("regions", 1, "landing", "reach"),
        ["10.130.0.0/16"],
        'gateway.regions[1].landing.reach: ["10.130.0.0/16"] needs a link over a hub, and '
        "the region has vnet-peering: a peering is not transitive; add a link virtual-hub, or "
        "delete reach",
    ),
    (
        ("regions", 1, "landing", "cidr"),
        "10.64.0.0/16",
        'gateway.regions[1].landing.cidr: "10.64.0.0/16" overlaps 10.64.0.0/20 of '
        "gateway.regions[0].cidr; write cidr: 10.66.0.0/16, which is free",
    ),
    (
        ("regions", 0, "landing", "reach"),
        ["10.96.0.0/16"],
        'gateway.regions[0].landing.reach[0]: "10.96.0.0/16" overlaps 10.96.0.0/20 of '
        "gateway.regions[2].cidr; write a range that does not overlap it",
    ),
]


@pytest.mark.parametrize(
    ("path", "to", "line"), BREAKS, ids=[line.partition(";")[0] for *_, line in BREAKS]
)
def test_a_break_is_told_with_its_path_its_value_and_the_remedy(
    path: tuple[Step, ...], to: object, line: str
) -> None:
    assert [line] == lines_of(with_change(*path, to=to))


def test_an_id_that_is_no_uuid_is_told_what_it_should_be() -> None:
    (line,) = lines_of(with_change("azure", "kong_principal_id", to="kong"))
    assert line.startswith('gateway.azure.kong_principal_id: "kong" should be a valid UUID')
    assert line.endswith("a UUID; not the application id)")
