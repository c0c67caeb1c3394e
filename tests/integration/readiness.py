"""The production-readiness list over a real environment, spoilt in one way after another.

The environment is a copy: the state that the engine exported, and the sandbox's database, served in
this process. An API, a custom domain, a certificate and an edge are added, so that there is
something to spoil.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from providers.konnect.client import Client
from sandbox.konnect import records as konnect_records
from sandbox.konnect.custom_domains import acme_target, common_name
from sandbox.konnect.tokens import DEFAULT_TOKEN
from sandbox.store import Store
from tests.integration.conftest import World
from tests.tools.readiness.in_process import URL, InProcess, client_of, copy_of
from tools.readiness.checks import aws, azure, gcp, security
from tools.readiness.facts import Facts
from tools.readiness.konnect import read_live
from tools.readiness.names import PublicNames
from tools.readiness.records import Record, Records
from tools.readiness.report import Report, run_checks
from tools.readiness.resources import Resource, Resources, read_resources
from tools.report.events import read_events

Json = dict[str, Any]

DOMAIN = "api.shop.example.com"
TODAY = datetime(2026, 11, 29, tzinfo=UTC)
RECORDS = Records(
    required=("load-test",),
    evidence={
        "load-test": Record(date=TODAY.date(), who="Ana Lima", link="https://wiki.example.com/14")
    },
)


@dataclass
class Environment:
    """A copy of an environment that a case may spoil."""

    store: Store
    client: Client
    resources: Resources
    records: Records = RECORDS

    def report(self, stack: str = "prod") -> Report:
        """Run the checklist."""
        now = datetime.fromtimestamp(self.store.clock.now(), UTC)
        live = asyncio.run(read_live(self.client, self.resources.outputs, now))
        names = PublicNames(f"{URL}/_sandbox/dns", DEFAULT_TOKEN, InProcess(self.store))
        facts = Facts(stack, live, self.resources, {}, names)
        return run_checks(facts, self.records, TODAY)

    def failing(self) -> set[str]:
        """The ids of the items that fail."""
        return {one.item.id for one in self.report().results if one.verdict == "fail"}

    # What cases do

    def admin(self, method: str, path: str, body: Json) -> None:
        """Call an endpoint of the sandbox's own."""
        with httpx.Client(transport=InProcess(self.store)) as client:
            headers = {"Authorization": f"Bearer {DEFAULT_TOKEN}"}
            url = f"{URL}/_sandbox/{path}"
            client.request(method, url, json=body, headers=headers).raise_for_status()

    def dns(self, name: str, type_: str, *values: str) -> None:
        """Declare a public record set; without values it is deleted."""
        self.admin("PUT", "dns", {"name": name, "type": type_, "values": list(values)})

    @property
    def plane(self) -> str:
        """The id of the control plane ``main``."""
        return str(self.resources.outputs["control_planes"]["main"]["id"])

    def entities(self, collection: str) -> str:
        """The path of a collection of ``main``."""
        return f"/v2/control-planes/{self.plane}/core-entities/{collection}"

    def create(self, collection: str, body: Json) -> Json:
        """Create an entity in ``main``."""
        return self.client.post(self.entities(collection), "creating", body, regional=True)

    def change(self, collection: str, **fields: Any) -> None:
        """Change the only entity of a collection of ``main``, or the one with a ``name``."""
        found = self.client.list_entities(self.entities(collection), "listing")
        named = [one for one in found if fields.get("name") in (None, one.get("name"))]
        body = {**named[0], **fields}
        path = f"{self.entities(collection)}/{body.pop('id')}"
        for key in ("created_at", "updated_at"):
            body.pop(key, None)
        self.client.put(path, "changing", body, regional=True)

    def delete_plugin(self, name: str) -> None:
        """Delete a plugin of ``main``."""
        for one in self.client.list_entities(self.entities("plugins"), "listing"):
            if one["name"] == name:
                path = f"{self.entities('plugins')}/{one['id']}"
                self.client.delete(path, "deleting", regional=True)

    def node(self) -> str:
        """The id of a node of ``main``."""
        path = f"/v2/control-planes/{self.plane}/nodes"
        return str(self.client.list_items(path, "listing")[0]["id"])

    def attachment(self, kind: str) -> str:
        """The id of an attachment of a kind."""
        for _, body in self.store.list(konnect_records.CLOUD, konnect_records.TRANSIT_GATEWAYS):
            if body["transit_gateway_attachment_config"]["kind"] == kind:
                return str(body["id"])
        raise AssertionError(kind)

    def drop(self, type_: str) -> None:
        """Take the first resource of a type away from its cloud."""
        first = next(self.resources.of(type_))
        self._with([one for one in self.resources.all if one is not first])

    def add(self, type_: str, **props: Any) -> None:
        """Add a resource."""
        self._with([*self.resources.all, Resource(type_, "added", "added", props)])

    def edit(self, type_: str, **props: Any) -> None:
        """Change the first resource of a type in its cloud."""
        first = next(self.resources.of(type_))
        edited = replace(first, props={**first.props, **props})
        self._with([edited if one is first else one for one in self.resources.all])

    def _with(self, resources: Sequence[Resource]) -> None:
        self.resources = replace(self.resources, all=tuple(resources))


def furnish(environment: Environment) -> None:
    """Add an API with TLS, limits and a domain to ``main``, and make it public behind an edge."""
    plane, main = environment.plane, environment
    upstream = main.create(
        "upstreams",
        {
            "name": "orders",
            "healthchecks": {
                "active": {"healthy": {"interval": 5}, "unhealthy": {"interval": 5}},
            },
        },
    )
    main.create(f"upstreams/{upstream['id']}/targets", {"target": "10.73.32.7:443"})
    service = main.create(
        "services",
        {"name": "orders", "host": "orders", "protocol": "https", "port": 443, "tls_verify": True},
    )
    main.create(
        "routes",
        {
            "name": "orders",
            "service": {"id": service["id"]},
            "hosts": [DOMAIN],
            "paths": ["/orders"],
            "protocols": ["https"],
        },
    )
    main.create("plugins", {"name": "key-auth", "service": {"id": service["id"]}})
    main.create("plugins", {"name": "ip-restriction", "config": {"allow": ["192.0.2.0/24"]}})
    lock = {"name": "pre-function", "instance_name": "gateway-prod-origin-lock"}
    main.create("plugins", {**lock, "config": {"access": ["kong.log('checked')"]}})
    certify(main, days=90)
    main.dns(f"_acme-challenge.{DOMAIN}", "CNAME", acme_target(plane))
    main.dns(DOMAIN, "CNAME", common_name(plane))
    body = {"control_plane_id": plane, "control_plane_geo": "us", "domain": DOMAIN}
    main.client.post("/v2/cloud-gateways/custom-domains", "creating", body)
    main.store.clock.advance(600)
    publish(main)
    main.add(
        security.CLOUDFRONT, webAclId="arn:aws:wafv2:us-east-1:111122223333:global/webacl/edge"
    )


def publish(environment: Environment) -> None:
    """Give ``main`` public listeners."""
    store = environment.store
    with store.transaction():
        for id_, body in store.list(konnect_records.CLOUD, konnect_records.CONFIGURATIONS):
            if body["control_plane_id"] == environment.plane:
                public = {**body, "api_access": "private+public"}
                store.put(konnect_records.CLOUD, konnect_records.CONFIGURATIONS, id_, public)


def certify(environment: Environment, *, days: int) -> None:
    """Add a certificate that expires after so many days, by the sandbox's clock."""
    now = datetime.fromtimestamp(environment.store.clock.now(), UTC)
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, DOMAIN)])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=300))
        .not_valid_after(now + timedelta(days=days))
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    private = key.private_bytes(
        pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    body = {"cert": certificate.public_bytes(pem).decode(), "key": private.decode()}
    environment.create("certificates", body)


Spoil = Callable[[Environment], None]


def _fault(kind: str, id_: Callable[[Environment], str]) -> Spoil:
    return lambda e: e.admin("POST", f"fail/{kind}/{id_(e)}", {"reason": "spoilt"})


def _node(*, online: bool, in_sync: bool) -> Spoil:
    def spoil(environment: Environment) -> None:
        body = {"online": online, "in_sync": in_sync}
        environment.admin("PUT", f"nodes/{environment.plane}/{environment.node()}", body)
        environment.store.clock.advance(300)

    return spoil


def _delete_node(environment: Environment) -> None:
    path = f"/v2/control-planes/{environment.plane}/nodes/{environment.node()}"
    environment.client.delete(path, "deleting", regional=True)


def _first_group(environment: Environment) -> str:
    store = environment.store
    (id_, _), *_ = store.list(konnect_records.CLOUD, konnect_records.GROUPS)
    return str(id_)


def _domain(environment: Environment) -> str:
    ((id_, _),) = environment.store.list(konnect_records.CLOUD, konnect_records.CUSTOM_DOMAINS)
    return str(id_)


def _expire(environment: Environment) -> None:
    path = f"online-status/{_domain(environment)}"
    environment.admin("PUT", path, {"ssl": "unverified"})


def _undeclared_block(environment: Environment) -> None:
    id_ = environment.attachment(aws.TGW)
    path = f"/v2/cloud-gateways/networks/{_network_of(environment, id_)}/transit-gateways/{id_}"
    body = {"cidr_blocks": ["10.73.0.0/16", "10.200.0.0/16"]}
    environment.client.patch(path, "changing", body)
    environment.store.clock.advance(3600)


def _network_of(environment: Environment, attachment: str) -> str:
    resource = next(one for one in environment.resources.all if one.id == attachment)
    return resource.text("network_id")


def _disconnect(environment: Environment) -> None:
    vnet = next(environment.resources.of(azure.VNET))
    peerings = [
        {**one, "peeringState": "Disconnected"} for one in vnet.props["virtualNetworkPeerings"]
    ]
    environment.edit(azure.VNET, virtualNetworkPeerings=peerings)


def _deny(environment: Environment) -> None:
    rule = next(one for one in environment.resources.of(azure.RULE) if "not-" not in one.name)
    denied = replace(rule, props={**rule.props, "access": "Deny"})
    environment.resources = replace(
        environment.resources,
        all=tuple(denied if one is rule else one for one in environment.resources.all),
    )


def _black_list(environment: Environment) -> None:
    vpc = next(environment.resources.of(aws.VPC))
    environment.add(
        aws.ACL_RULE,
        networkAclId=vpc.props["defaultNetworkAclId"],
        ruleAction="deny",
        ruleNumber=1,
        cidrBlock="10.72.0.0/16",
    )


SPOILT: Mapping[str, tuple[str, Spoil]] = {
    "a node is deleted": ("data-planes-enough", _delete_node),
    "a node is offline": (
        "data-planes-connected data-planes-enough",
        _node(online=False, in_sync=True),
    ),
    "a node is out of sync": ("data-planes-in-sync", _node(online=True, in_sync=False)),
    "a group fails": (
        "data-planes-deployed",
        _fault(konnect_records.GROUPS, _first_group),
    ),
    "a domain is expired": ("domain-healthy", _expire),
    "a domain leads elsewhere": (
        "domain-cname",
        lambda e: e.dns(DOMAIN, "CNAME", "old.example.com"),
    ),
    "an ACME record is deleted": (
        "domain-acme",
        lambda e: e.dns(f"_acme-challenge.{DOMAIN}", "CNAME"),
    ),
    "a service calls http": ("services-tls", lambda e: e.change("services", protocol="http")),
    "a certificate of an upstream is not checked": (
        "services-tls",
        lambda e: e.change("services", tls_verify=False),
    ),
    "an upstream has no health checks": (
        "upstream-health-checks",
        lambda e: e.change("upstreams", healthchecks={}),
    ),
    "a route asks nobody who they are": (
        "plugins-authentication",
        lambda e: e.delete_plugin("key-auth"),
    ),
    "there is no rate limit": (
        "plugins-rate-limiting",
        lambda e: e.delete_plugin("rate-limiting-advanced"),
    ),
    "a route accepts http": (
        "routes-tls",
        lambda e: e.change("routes", protocols=["http", "https"]),
    ),
    "a host has no certificate": (
        "routes-tls",
        lambda e: e.change("routes", hosts=["other.example.com"]),
    ),
    "a route leads to no service": ("routes-mapped", lambda e: e.change("routes", service=None)),
    "a certificate expires soon": ("certificates-valid", lambda e: certify(e, days=10)),
    "a VPC overlaps a gateway network": (
        "cidr-overlap",
        lambda e: e.add("aws:ec2/vpc:Vpc", cidrBlock="10.72.8.0/21"),
    ),
    "a rule of a security group is deleted": ("aws-security-groups", lambda e: e.drop(aws.INGRESS)),
    "a route of a VPC is deleted": ("aws-transit-gateway", lambda e: e.drop(aws.ROUTE)),
    "a hub does not propagate": ("aws-transit-gateway", lambda e: e.drop(aws.PROPAGATION)),
    "an attachment in AWS is broken": (
        "aws-transit-gateway",
        _fault(konnect_records.TRANSIT_GATEWAYS, lambda e: e.attachment(aws.TGW)),
    ),
    "an ACL denies the gateway": ("aws-network-acls", _black_list),
    "an attachment in Azure is broken": (
        "azure-peering",
        _fault(konnect_records.TRANSIT_GATEWAYS, lambda e: e.attachment(azure.PEERING)),
    ),
    "a peering in Azure is not connected": ("azure-peering", _disconnect),
    "a security rule in Azure denies": ("azure-security-rules", _deny),
    "a peering in GCP is not active": (
        "gcp-peering",
        lambda e: e.edit(gcp.NETWORK_PEERING, state="INACTIVE"),
    ),
    "a peering in GCP exports no routes": (
        "gcp-peering",
        lambda e: e.edit(gcp.NETWORK_PEERING, exportCustomRoutes=False),
    ),
    "a firewall in GCP denies": (
        "gcp-firewall-rules",
        lambda e: e.add(
            gcp.FIREWALL,
            network=next(e.resources.of(gcp.NETWORK_PEERING)).props["network"],
            denies=[{"protocol": "all"}],
            priority=0,
            sourceRanges=["10.108.0.0/16"],
        ),
    ),
    "the firewall of the edge is off": (
        "ingress-firewall",
        lambda e: e.edit(security.CLOUDFRONT, webAclId=""),
    ),
    "the origin lock is off": (
        "ingress-origin-lock",
        lambda e: e.change("plugins", name="pre-function", enabled=False),
    ),
    "anyone may call the gateway": (
        "plugins-ip-restriction ingress-origin-lock",
        lambda e: (e.delete_plugin("ip-restriction"), e.delete_plugin("pre-function"))[0],
    ),
    "Konnect routes a block that nobody declared": ("egress-limits", _undeclared_block),
    "a share has another principal": (
        "transit-gateway-safeguards",
        lambda e: e.edit(aws.SHARE_PRINCIPAL, principal="999988887777"),
    ),
    "a hub routes by default": (
        "transit-gateway-safeguards",
        lambda e: e.edit(aws.HUB, defaultRouteTableAssociation="enable"),
    ),
    "the load test is not recorded": (
        "load-test",
        lambda e: setattr(e, "records", Records(required=("load-test",))),
    ),
}
"""What is wrong -> the ids of the items that fail, and how to make it so."""


PASSING = {
    "aws-security-groups",
    "aws-transit-gateway",
    "azure-peering",
    "azure-security-rules",
    "cidr-overlap",
    "cidr-size",
    "data-planes-connected",
    "data-planes-deployed",
    "data-planes-enough",
    "data-planes-errors",
    "data-planes-in-sync",
    "egress-limits",
    "gcp-firewall-rules",
    "gcp-peering",
    "plugins-rate-limiting",
    "transit-gateway-safeguards",
}
"""The items that prod passes as it is shipped, without an API and without traffic."""


def is_ready_and_each_fault_is_found(world: World, stack: str, folder: Path) -> None:
    """Prod fails no item, and passes all that can pass. Spoilt copies fail exactly their item."""
    log = folder / "refresh.jsonl"
    exported = world.project.ok("stack", "export", "--stack", stack)
    flags = ("--preview-only", "--stack", stack, "--event-log", str(log))
    world.project.ok("refresh", *flags, env={"PULUMI_DEBUG_COMMANDS": "true"})
    resources = read_resources(exported, read_events(log), TODAY)
    database = world.sandbox.directory / "sandbox.sqlite3"
    store = copy_of(database, folder)
    try:
        report = Environment(store, client_of(store), resources, Records()).report(stack)
    finally:
        store.close()
    by_verdict = {
        verdict: {one.item.id for one in report.results if one.verdict == verdict}
        for verdict in ("pass", "fail")
    }
    assert by_verdict == {"pass": PASSING, "fail": set()}
    assert wrongly_judged(resources, database, folder) == {}


def wrongly_judged(resources: Resources, database: Path, folder: Path) -> dict[str, str]:
    """Spoil copies of prod in every way. The ways whose failing items are not the expected ones."""
    found = {}
    for number, (wrong, items, spoil) in enumerate(_cases()):
        place = folder / str(number)
        place.mkdir()
        store = copy_of(database, place)
        try:
            environment = Environment(store, client_of(store), resources)
            furnish(environment)
            spoil(environment)
            failing = environment.failing()
        finally:
            store.close()
        if failing != set(items.split()):
            found[wrong] = f"{items or 'nothing'} should fail, and these do: {sorted(failing)}"
    return found


def _cases() -> Iterator[tuple[str, str, Spoil]]:
    yield "nothing is wrong", "", lambda e: None
    for wrong, (items, spoil) in SPOILT.items():
        yield wrong, items, spoil
