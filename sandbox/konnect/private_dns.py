"""Private DNS attachments of a network: hosted zones and outbound resolvers, five kinds.

Only resolvers can be patched. A hosted zone stays in ``pending-association`` until the
customer authorises it in the simulated cloud (`sandbox.konnect.associations`), or the admin API
does in place of the customer. An attachment can be deleted only in ``ready`` or ``error``, so one
that is not authorised goes to ``error`` after an hour.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field
from starlette.datastructures import QueryParams

from sandbox.clouds.declare import CloudError
from sandbox.http import filters
from sandbox.http.bodies import Closed, Open, parse
from sandbox.http.problems import Refusal, conflict, invalid, parameter
from sandbox.http.routing import Router
from sandbox.konnect import associations, durations, paging, records
from sandbox.konnect.networks import ready_network
from sandbox.store import Body, Store

STATES = (
    "created",
    "initializing",
    "pending-association",
    "ready",
    "error",
    "terminating",
    "terminated",
)
RESOLVERS = frozenset({"aws-outbound-resolver", "azure-outbound-resolver"})


class Servers(Open):
    """The DNS servers of one domain."""

    remote_dns_server_ip_addresses: list[str]


DnsMap = dict[str, Servers]


class AwsHostedZone(Closed):
    """A Route 53 private hosted zone."""

    kind: Literal["aws-private-hosted-zone-attachment"]
    hosted_zone_id: str


class AwsResolver(Closed):
    """DNS forwarding from Kong's VPC. The mapping is a map here, a list in transit gateways."""

    kind: Literal["aws-outbound-resolver"]
    dns_config: DnsMap


class GcpHostedZone(Closed):
    """A Cloud DNS zone of a peered network."""

    kind: Literal["gcp-private-hosted-zone-attachment"]
    domain_name: str
    peer_project_id: str
    peer_vpc_name: str


class AzureHostedZone(Closed):
    """An Azure private DNS zone; ``peer_resource_group_id`` is a name, not an id."""

    kind: Literal["azure-private-hosted-zone-attachment"]
    domain_name: str
    peer_tenant_id: str
    peer_subscription_id: str
    peer_resource_group_id: str
    peer_vnet_link_name: str


class AzureResolver(Closed):
    """DNS forwarding from Kong's VNet."""

    kind: Literal["azure-outbound-resolver"]
    dns_config: DnsMap


Attachment = Annotated[
    AwsHostedZone | AwsResolver | GcpHostedZone | AzureHostedZone | AzureResolver,
    Field(discriminator="kind"),
]
Resolver = Annotated[AwsResolver | AzureResolver, Field(discriminator="kind")]
Name = Annotated[str, Field(min_length=1, max_length=120)]


class CreatePrivateDns(Open):
    """Body of ``create-private-dns``. Both are required, though the schema does not say so."""

    name: Name
    private_dns_attachment_config: Attachment


class PatchPrivateDns(Open):
    """Body of ``update-private-dns``, for resolvers only: one property or both."""

    name: Name = "-"
    private_dns_attachment_config: Resolver | None = None


router = Router()

_COLLECTION = "/cloud-gateways/networks/{network_id}/private-dns"
_FILTERS = {"name": filters.TEXT, "state": filters.choice(*STATES)}


def step(store: Store, attachment: Body, at: float) -> None:
    """Apply the due transition of an attachment."""
    if attachment["state"] == "terminating":
        _close(store, attachment)
        records.remove(store, records.PRIVATE_DNS, attachment)
    elif attachment["_kind"] in RESOLVERS or attachment["_accepted"]:
        _change(store, attachment, at, state="ready", state_metadata={})
    else:
        _associate(store, attachment, at)


def _associate(store: Store, attachment: Body, at: float) -> None:
    """Associate Kong's network with a hosted zone, or wait for the authorisation until it fails.

    A refusal by the customer's cloud is final.
    """
    network = records.find(store, records.NETWORKS, attachment["_network_id"])
    deadline = attachment.setdefault("_waits_since", at) + durations.ASSOCIATION_DEADLINE
    try:
        reason = associations.open_(store, attachment, network)
    except CloudError as error:
        reason, deadline = str(error), at
    if reason is None:
        _change(store, attachment, at, state="ready", state_metadata={})
    elif at >= deadline:
        metadata = {"reported_status": "ERROR", "reason": reason}
        _change(store, attachment, at, state="error", state_metadata=metadata)
    else:
        due = min(store.clock.now() + durations.LOOK_INTERVAL, deadline)
        if attachment["state"] == "pending-association":
            attachment["_due"] = due
            records.save(store, records.PRIVATE_DNS, attachment)
        else:
            _change(store, attachment, at, state="pending-association", due=due)


def _close(store: Store, attachment: Body) -> None:
    """Delete Kong's association, if there is one."""
    network = records.find(store, records.NETWORKS, attachment["_network_id"])
    associations.close(store, attachment, network)


def accept(store: Store, attachment: Body) -> None:
    """Authorise an attachment in place of the customer."""
    attachment["_accepted"] = True
    if attachment["state"] == "pending-association":
        now = store.clock.now()
        _change(store, attachment, now, state="ready", state_metadata={})
    else:
        records.save(store, records.PRIVATE_DNS, attachment)


def _change(
    store: Store, attachment: Body, at: float, *, due: float | None = None, **fields: Any
) -> None:
    records.change(store, records.PRIVATE_DNS, attachment, at=at, due=due, **fields)


def _refuse_taken_name(store: Store, network_id: str, name: str, but: str | None = None) -> None:
    for other in records.of_network(store, records.PRIVATE_DNS, network_id):
        if other["name"] == name and other["id"] != but and other["state"] != "terminating":
            raise conflict(f"Private DNS with name '{name}' already exists.")


@router.get(_COLLECTION)
def list_private_dns(store: Store, network_id: str, query: QueryParams) -> Body:
    """``list-private-dns``."""
    network = records.find(store, records.NETWORKS, network_id)
    tests = filters.read(query.multi_items(), _FILTERS)
    page = paging.numbered(
        query, filters.select(records.of_network(store, records.PRIVATE_DNS, network["id"]), tests)
    )
    return {**page, "data": [records.public(attachment) for attachment in page["data"]]}


@router.post(_COLLECTION, status=201)
def create_private_dns(store: Store, network_id: str, raw: bytes) -> Body:
    """``create-private-dns``."""
    records.find(store, records.NETWORKS, network_id)
    body = parse(CreatePrivateDns, raw)
    config = body.private_dns_attachment_config
    network = ready_network(store, network_id, config.kind.split("-", 1)[0], config.kind)
    _refuse_taken_name(store, network["id"], body.name)
    attachment = records.create(
        store,
        records.PRIVATE_DNS,
        {
            "name": body.name,
            "private_dns_attachment_config": config.model_dump(),
            "state": "initializing",
            "state_metadata": {},
            "_network_id": network["id"],
            "_kind": config.kind,
            "_accepted": False,
        },
        due=store.clock.now() + durations.PRIVATE_DNS_PROVISIONING,
    )
    return records.public(attachment)


@router.get(_COLLECTION + "/{private_dns_id}")
def get_private_dns(store: Store, network_id: str, private_dns_id: str) -> Body:
    """``get-private-dns``."""
    return records.public(
        records.find_of_network(store, records.PRIVATE_DNS, network_id, private_dns_id)
    )


@router.patch(_COLLECTION + "/{private_dns_id}")
def update_private_dns(store: Store, network_id: str, private_dns_id: str, raw: bytes) -> Body:
    """``update-private-dns``."""
    attachment = records.find_of_network(store, records.PRIVATE_DNS, network_id, private_dns_id)
    if attachment["_kind"] not in RESOLVERS:
        reason = f"a private DNS attachment of kind {attachment['_kind']} cannot be updated"
        raise Refusal(400, parameters=[parameter("body", "invalid", reason)])
    body = parse(PatchPrivateDns, raw)
    if attachment["state"] == "terminating":
        raise invalid("privateDnsId", "invalid", "private DNS is terminating", source="path")
    fields: dict[str, Any] = {}
    if "name" in body.model_fields_set:
        _refuse_taken_name(store, attachment["_network_id"], body.name, but=attachment["id"])
        fields["name"] = body.name
    config = body.private_dns_attachment_config
    if config is not None:
        if config.kind != attachment["_kind"]:
            field = "private_dns_attachment_config.kind"
            raise invalid(field, "invalid", f"{field} cannot be changed")
        fields["private_dns_attachment_config"] = config.model_dump()
    if fields:
        _change(store, attachment, store.clock.now(), due=attachment["_due"], **fields)
    return records.public(attachment)


@router.delete(_COLLECTION + "/{private_dns_id}")
def delete_private_dns(store: Store, network_id: str, private_dns_id: str) -> None:
    """``delete-private-dns``."""
    attachment = records.find_of_network(store, records.PRIVATE_DNS, network_id, private_dns_id)
    if attachment["state"] not in ("ready", "error"):
        reason = f"private DNS is in a transitional state: {attachment['state']}"
        raise invalid("privateDnsId", "invalid", reason, source="path")
    now = store.clock.now()
    due = now + durations.PRIVATE_DNS_TEARDOWN
    _change(store, attachment, now, due=due, state="terminating")
