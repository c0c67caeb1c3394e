"""Transit gateways: six handshakes, and what may be asked of them when."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.konnect.client import NETWORKS, PLACES, Json, Konnect
from tests.sandbox.konnect.customer import Customer

SHARE = "arn:aws:ram:us-east-2:111122223333:resource-share/4b7e2c8a"
AZURE = {"tenant_id": "t", "subscription_id": "s", "resource_group_name": "rg"}
CONFIGS: dict[str, Json] = {
    "aws-transit-gateway-attachment": {"transit_gateway_id": "tgw-1", "ram_share_arn": SHARE},
    "aws-vpc-peering-attachment": {
        "peer_account_id": "111122223333",
        "peer_vpc_id": "vpc-1",
        "peer_vpc_region": "us-east-2",
    },
    "aws-resource-endpoint-attachment": {"ram_share_arn": SHARE},
    "azure-vnet-peering-attachment": {**AZURE, "vnet_name": "vnet"},
    "azure-vhub-peering-attachment": {**AZURE, "vhub_name": "hub"},
    "gcp-vpc-peering-attachment": {"peer_project_id": "acme", "peer_vpc_name": "vpc"},
}
WITH_SHARE = ("aws-transit-gateway-attachment", "aws-resource-endpoint-attachment")
WITH_CIDRS = ("aws-transit-gateway-attachment", "aws-vpc-peering-attachment")
KINDS = tuple(CONFIGS)
CIDRS = ["10.60.0.0/16"]


def body_of(kind: str, **fields: Any) -> Json:
    body: Json = {
        "name": "attachment",
        "transit_gateway_attachment_config": {"kind": kind, **CONFIGS[kind]},
    }
    if kind in WITH_CIDRS:
        body["cidr_blocks"] = CIDRS
    return {**body, **fields}


class Attachment:
    """One attachment of a network that is ready."""

    def __init__(self, konnect: Konnect, kind: str, **fields: Any) -> None:
        self.konnect = konnect
        self.network = konnect.network(kind.split("-", 1)[0])
        self.collection = f"{NETWORKS}/{self.network['id']}/transit-gateways"
        created = konnect.post(self.collection, body_of(kind, **fields))
        assert created.status == 201, created.body
        self.created: Json = created.body
        self.path = f"{self.collection}/{created.body['id']}"

    def after(self, minutes: float) -> Json:
        """The attachment some minutes later."""
        self.konnect.wait(minutes)
        return self.konnect.read(self.path)

    @property
    def state(self) -> str:
        """Its state now."""
        return str(self.after(0)["state"])


@pytest.fixture
def granting(customer: Customer) -> Customer:
    """A customer who has granted everything."""
    customer.share_problem = customer.grant_problem = None
    customer.auto_accept = customer.mirrored = True
    return customer


@pytest.mark.parametrize("kind", [k for k in KINDS if k != "aws-vpc-peering-attachment"])
def test_what_is_granted_beforehand_becomes_ready_by_itself(
    konnect: Konnect, granting: Customer, kind: str
) -> None:
    attachment = Attachment(konnect, kind)
    assert attachment.created["state"] == "initializing"
    assert attachment.created["dns_config"] == []
    assert attachment.after(6)["state"] == "ready"
    network = konnect.read(f"{NETWORKS}/{attachment.network['id']}")
    assert network["transit_gateway_count"] == 1


@pytest.mark.parametrize("kind", KINDS)
def test_a_teardown_undoes_kongs_side_and_then_the_attachment_is_a_404(
    konnect: Konnect, granting: Customer, kind: str
) -> None:
    attachment = Attachment(konnect, kind)
    konnect.wait(3)
    konnect.admin("POST", f"accept/transit-gateways/{attachment.created['id']}")
    assert attachment.after(5)["state"] == "ready"
    granting_before = len(granting.closed), granting.active
    assert konnect.delete(attachment.path).status == 204
    assert attachment.state == "terminating"
    assert (len(granting.closed), granting.active) == granting_before
    konnect.wait(4)
    assert konnect.get(attachment.path).status == 404
    assert not granting.active
    opened_something = kind not in (
        "aws-resource-endpoint-attachment",
        "gcp-vpc-peering-attachment",
    )
    assert bool(granting.closed) is opened_something


def test_an_aws_attachment_waits_for_the_share_and_then_for_acceptance(
    konnect: Konnect, customer: Customer
) -> None:
    attachment = Attachment(konnect, KINDS[0])
    waiting = attachment.after(4)
    assert waiting["state"] == "initializing"
    assert waiting["state_metadata"] == {"reason": "resource share does not exist"}
    customer.share_problem = None
    pending = attachment.after(1)
    assert pending["state"] == "pending-acceptance"
    id_ = pending["transit_gateway_attachment_config"]["attachment_id"]
    opened = customer.opened[0]
    metadata = attachment.network["provider_metadata"]
    assert opened["kong_vpc_id"] == metadata["vpc_id"]
    assert opened["kong_subnet_ids"] == metadata["subnet_ids"]
    assert opened["cidr_block"] == attachment.network["cidr_block"]
    assert attachment.after(600)["state"] == "pending-acceptance"
    customer.states[id_] = "available"
    assert attachment.after(2)["state"] == "ready"


@pytest.mark.parametrize("kind", WITH_SHARE)
def test_a_share_that_never_comes_ends_in_error_after_a_grace(
    konnect: Konnect, customer: Customer, kind: str
) -> None:
    attachment = Attachment(konnect, kind)
    assert attachment.after(12)["state"] == "initializing"
    failed = attachment.after(2)
    assert failed["state"] == "error"
    assert failed["state_metadata"]["reason"] == "resource share does not exist"
    customer.share_problem = None
    assert attachment.after(60)["state"] == "error"
    assert konnect.delete(attachment.path).status == 204


def test_an_attachment_that_the_customer_deletes_fails(
    konnect: Konnect, customer: Customer
) -> None:
    customer.share_problem = None
    attachment = Attachment(konnect, KINDS[0])
    assert attachment.after(4)["state"] == "pending-acceptance"
    customer.states["tgw-attach-1"] = "deleted"
    assert attachment.after(1)["state"] == "error"


def test_a_peering_shows_its_id_once_it_is_accepted(konnect: Konnect, customer: Customer) -> None:
    attachment = Attachment(konnect, "aws-vpc-peering-attachment")
    pending = attachment.after(3)
    assert pending["state"] == "pending-acceptance"
    assert "peering_connection_id" not in pending["transit_gateway_attachment_config"]
    customer.states["pcx-1"] = "active"
    ready = attachment.after(2)
    assert ready["state"] == "ready"
    assert ready["transit_gateway_attachment_config"]["peering_connection_id"] == "pcx-1"


def test_a_peering_with_a_vpc_that_is_not_there_fails(konnect: Konnect, customer: Customer) -> None:
    customer.vpc_exists = False
    attachment = Attachment(konnect, "aws-vpc-peering-attachment")
    assert attachment.after(3)["state"] == "initializing"
    failed = attachment.after(10)
    assert failed["state"] == "error"
    assert "vpc-1" in failed["state_metadata"]["reason"]


@pytest.mark.parametrize("kind", WITH_SHARE)
@pytest.mark.parametrize("other", WITH_SHARE)
def test_a_share_serves_the_network_that_it_serves_and_no_other(
    konnect: Konnect, granting: Customer, kind: str, other: str
) -> None:
    attachment = Attachment(konnect, kind)
    second = f"{NETWORKS}/{konnect.network()['id']}/transit-gateways"
    answer = konnect.post(second, body_of(other))
    assert answer.invalid == {"transit_gateway_attachment_config.ram_share_arn": "invalid"}
    reason = answer.body["invalid_parameters"][0]["reason"]
    assert SHARE in reason
    assert attachment.network["id"] in reason
    assert attachment.after(6)["state"] == "ready"
    konnect.delete(attachment.path)
    assert konnect.post(second, body_of(other)).status == 400
    konnect.wait(4)
    assert konnect.get(attachment.path).status == 404
    assert konnect.post(second, body_of(other)).status == 201


@pytest.mark.parametrize("kind", ["azure-vnet-peering-attachment", "azure-vhub-peering-attachment"])
def test_azure_waits_for_the_role_of_kongs_principal(
    konnect: Konnect, customer: Customer, kind: str
) -> None:
    attachment = Attachment(konnect, kind)
    waiting = attachment.after(4)
    assert waiting["state"] == "pending-user-action"
    assert waiting["state_metadata"]["reason"] == "Kong's principal holds no role"
    customer.grant_problem = None
    ready = attachment.after(2)
    assert (ready["state"], ready["state_metadata"]) == ("ready", {})
    assert customer.opened[0]["kong_vnet_id"] == attachment.network["provider_metadata"]["vpc_id"]


def test_what_the_customers_cloud_refuses_is_an_error(konnect: Konnect, customer: Customer) -> None:
    customer.grant_problem, customer.overlap = None, True
    attachment = Attachment(konnect, "azure-vnet-peering-attachment")
    failed = attachment.after(3)
    assert (failed["state"], failed["state_metadata"]["reason"]) == (
        "error",
        "address spaces overlap",
    )


def test_gcp_stays_initializing_until_the_mirror_peering_is_there(
    konnect: Konnect, customer: Customer
) -> None:
    attachment = Attachment(konnect, "gcp-vpc-peering-attachment")
    assert konnect.delete(attachment.path).status == 400
    assert attachment.after(300)["state"] == "initializing"
    customer.mirrored = True
    assert attachment.after(2)["state"] == "ready"
    assert customer.active


def test_an_attachment_that_waits_for_the_customer_can_be_deleted(
    konnect: Konnect, customer: Customer
) -> None:
    for kind in ("gcp-vpc-peering-attachment", "azure-vnet-peering-attachment"):
        attachment = Attachment(konnect, kind)
        konnect.wait(5)
        assert konnect.delete(attachment.path).status == 204
        assert konnect.delete(attachment.path).status == 400


def test_entries_of_a_resource_endpoint_have_states_of_their_own(
    konnect: Konnect, customer: Customer
) -> None:
    attachment = Attachment(konnect, "aws-resource-endpoint-attachment")
    assert attachment.created["transit_gateway_attachment_config"]["resource_config"] == []
    assert attachment.after(5)["state"] == "initializing"
    konnect.admin(
        "POST", f"accept/transit-gateways/{attachment.created['id']}", {"missing": ["rcfg-2"]}
    )
    assert attachment.after(2)["state"] == "ready"
    entries = [
        {"resource_config_id": f"rcfg-{n}", "domain_name": f"api{n}.internal"} for n in (1, 2)
    ]
    config = {"kind": "aws-resource-endpoint-attachment", "resource_config": entries}
    patched = konnect.patch(attachment.path, {"transit_gateway_attachment_config": config}).body
    shown = patched["transit_gateway_attachment_config"]["resource_config"]
    assert [entry["state"] for entry in shown] == ["initializing", "initializing"]
    shown = attachment.after(4)["transit_gateway_attachment_config"]["resource_config"]
    assert [entry["state"] for entry in shown] == ["ready", "missing"]


def test_the_cidrs_of_an_aws_transit_gateway_can_be_patched(
    konnect: Konnect, granting: Customer
) -> None:
    attachment = Attachment(konnect, KINDS[0])
    konnect.wait(6)
    patched = konnect.patch(attachment.path, {"cidr_blocks": ["10.60.0.0/16", "10.61.0.0/16"]})
    assert patched.body["cidr_blocks"] == ["10.60.0.0/16", "10.61.0.0/16"]
    assert patched.body["state"] == "initializing"
    assert konnect.delete(attachment.path).status == 400
    assert attachment.after(2)["state"] == "ready"


@pytest.mark.parametrize(
    "kind",
    [
        k
        for k in KINDS
        if k not in ("aws-transit-gateway-attachment", "aws-resource-endpoint-attachment")
    ],
)
def test_other_kinds_cannot_be_patched(konnect: Konnect, granting: Customer, kind: str) -> None:
    attachment = Attachment(konnect, kind)
    assert konnect.patch(attachment.path, {"cidr_blocks": CIDRS}).invalid == {"body": "invalid"}


@pytest.mark.parametrize("kind", KINDS)
def test_an_attachment_needs_a_ready_network_in_its_own_cloud(
    konnect: Konnect, customer: Customer, kind: str
) -> None:
    cloud = kind.split("-", 1)[0]
    early = konnect.network(cloud, ready=False)
    answer = konnect.post(f"{NETWORKS}/{early['id']}/transit-gateways", body_of(kind))
    assert answer.invalid == {"networkId": "invalid"}
    elsewhere = konnect.network(next(other for other in PLACES if other != cloud))
    answer = konnect.post(f"{NETWORKS}/{elsewhere['id']}/transit-gateways", body_of(kind))
    assert answer.invalid == {"transit_gateway_attachment_config.kind": "invalid"}
    nowhere = "00000000-0000-4000-8000-000000000000"
    assert konnect.post(f"{NETWORKS}/{nowhere}/transit-gateways", body_of(kind)).status == 404


@pytest.mark.parametrize(
    ("change", "field", "rule"),
    [
        ({"name": "n" * 121}, "name", "max_length"),
        ({"cidr_blocks": ["10.60.0.1/16"]}, "cidr_blocks.0", "invalid"),
        ({"cidr_blocks": "10.60.0.0/16"}, "cidr_blocks", "is_array"),
        ({"dns_config": {}}, "dns_config", "is_array"),
        (
            {"dns_config": [{"remote_dns_server_ip_addresses": []}]},
            "dns_config.0.domain_proxy_list",
            "required",
        ),
    ],
)
def test_a_bad_attachment_is_a_400(
    konnect: Konnect, customer: Customer, change: Json, field: str, rule: str
) -> None:
    path = f"{NETWORKS}/{konnect.network()['id']}/transit-gateways"
    answer = konnect.post(path, body_of(KINDS[0], **change))
    assert answer.invalid == {field: rule}


@pytest.mark.parametrize(
    ("config", "field", "rule"),
    [
        ({}, "kind", "required"),
        ({"kind": "aws-direct-connect"}, "kind", "enum"),
        ({"kind": KINDS[0], "transit_gateway_id": "tgw-1"}, "ram_share_arn", "required"),
        ({"kind": KINDS[0], **CONFIGS[KINDS[0]], "region": "x"}, "region", "unknown_property"),
        ({"kind": KINDS[0], **CONFIGS[KINDS[0]], "ram_share_arn": "x"}, "ram_share_arn", "is_arn"),
    ],
)
def test_the_configuration_of_an_attachment_is_closed(
    konnect: Konnect, customer: Customer, config: Json, field: str, rule: str
) -> None:
    path = f"{NETWORKS}/{konnect.network()['id']}/transit-gateways"
    answer = konnect.post(
        path, {"name": "x", "cidr_blocks": [], "transit_gateway_attachment_config": config}
    )
    assert answer.invalid == {f"transit_gateway_attachment_config.{field}": rule}


@pytest.mark.parametrize("kind", WITH_CIDRS)
def test_the_aws_kinds_with_routes_need_cidr_blocks(
    konnect: Konnect, customer: Customer, kind: str
) -> None:
    body = body_of(kind)
    del body["cidr_blocks"]
    path = f"{NETWORKS}/{konnect.network()['id']}/transit-gateways"
    assert konnect.post(path, body).invalid == {"cidr_blocks": "required"}


def test_routes_overlap_neither_the_network_nor_each_other(
    konnect: Konnect, granting: Customer
) -> None:
    attachment = Attachment(konnect, KINDS[0])
    own = body_of(KINDS[0], name="other", cidr_blocks=[attachment.network["cidr_block"]])
    assert konnect.post(attachment.collection, own).invalid == {"cidr_blocks.0": "invalid"}
    taken = body_of(KINDS[0], name="other", cidr_blocks=["10.59.0.0/16", "10.60.1.0/24"])
    answer = konnect.post(attachment.collection, taken)
    assert answer.invalid == {"cidr_blocks.1": "invalid"}
    reason = answer.body["invalid_parameters"][0]["reason"]
    assert "overlaps with cidr blocks from an existing attachment" in reason
    konnect.wait(6)
    konnect.delete(attachment.path)
    assert konnect.post(attachment.collection, taken).status == 201


def test_a_name_is_unique_on_its_network(konnect: Konnect, granting: Customer) -> None:
    attachment = Attachment(konnect, KINDS[2])
    assert konnect.post(attachment.collection, body_of(KINDS[2])).status == 409
    other = konnect.network()
    path = f"{NETWORKS}/{other['id']}/transit-gateways"
    share = {**CONFIGS[KINDS[2]], "kind": KINDS[2], "ram_share_arn": f"{SHARE}-2"}
    body = body_of(KINDS[2], transit_gateway_attachment_config=share)
    assert konnect.post(path, body).status == 201
    assert konnect.get(f"{path}/{attachment.created['id']}").status == 404


def test_a_network_cannot_go_before_its_attachments(konnect: Konnect, granting: Customer) -> None:
    attachment = Attachment(konnect, KINDS[3])
    konnect.wait(6)
    network = f"{NETWORKS}/{attachment.network['id']}"
    assert konnect.delete(network).status == 400
    konnect.delete(attachment.path)
    assert konnect.delete(network).status == 400
    konnect.wait(4)
    assert konnect.delete(network).status == 204


@pytest.mark.parametrize(
    ("key", "value", "count"),
    [
        ("filter[state]", "ready", 1),
        ("filter[state][oeq]", "initializing,ready", 2),
        ("filter[state][neq]", "ready", 1),
        ("filter[name][contains]", "attach", 1),
        ("filter[name][ocontains]", "attach,second", 2),
    ],
)
def test_attachments_are_filtered_by_name_and_state(
    konnect: Konnect, granting: Customer, key: str, value: str, count: int
) -> None:
    attachment = Attachment(konnect, KINDS[2])
    konnect.wait(6)
    konnect.post(attachment.collection, body_of(KINDS[2], name="second"))
    assert len(konnect.get(attachment.collection, **{key: value}).body["data"]) == count


def test_a_failure_by_hand_shows_its_reason(konnect: Konnect, granting: Customer) -> None:
    attachment = Attachment(konnect, KINDS[0])
    path = f"fail/transit-gateways/{attachment.created['id']}"
    konnect.admin("POST", path, {"reason": "no resource found for the RAM share ARN"})
    failed = attachment.after(60)
    assert failed["state"] == "error"
    assert failed["state_metadata"]["reason"] == "no resource found for the RAM share ARN"
