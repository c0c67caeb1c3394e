"""What the engine relies on, whatever the type: checks, previews, secrets, reads, the log."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import grpc
import pytest
from google.protobuf import empty_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2

from sandbox.accounts import CUSTOMER_AWS_ACCOUNT
from sandbox.clock import VirtualClock
from sandbox.clouds import CloudServers, serve_clouds, wire
from sandbox.store import Store
from tests.sandbox.clouds import tokens
from tests.sandbox.clouds.harness import UNKNOWN, Failed, Made, Provider, Refused, secret, urn

Connect = Callable[..., Provider]


def test_an_unknown_type_is_refused_by_name(aws: Provider) -> None:
    _, failures = aws.check("aws:ec2/vpnGateway:VpnGateway", vpcId="vpc-0123")
    assert failures == {"": "the sandbox does not model aws:ec2/vpnGateway:VpnGateway"}


def test_an_unknown_type_cannot_be_created_either(aws: Provider) -> None:
    request = provider_pb2.CreateRequest(urn=urn("aws:ec2/vpnGateway:VpnGateway", "it"))
    with pytest.raises(grpc.RpcError) as refused:
        aws.stub.Create(request)
    assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT


def test_an_unknown_function_is_refused_by_name(aws: Provider) -> None:
    with pytest.raises(Refused, match="does not model the function aws:ec2/getVpc:getVpc"):
        aws.invoke("aws:ec2/getVpc:getVpc")


def test_an_unknown_input_is_refused_by_name(aws: Provider) -> None:
    _, failures = aws.check(tokens.VPC, cidrBlock="10.0.0.0/16", colour="green")
    assert failures == {"colour": f"the sandbox does not model the input colour of {tokens.VPC}"}


def test_an_unknown_nested_input_is_refused_with_its_path(gcp: Provider) -> None:
    _, failures = gcp.check(
        tokens.GCP_FIREWALL, network="n", allows=[{"protocol": "tcp", "colour": "green"}]
    )
    assert list(failures) == ["allows[0].colour"]


def test_every_missing_required_input_is_named_at_once(azure: Provider) -> None:
    _, failures = azure.check(tokens.SECURITY_RULE)
    assert set(failures) == {
        "resourceGroupName",
        "networkSecurityGroupName",
        "access",
        "direction",
        "protocol",
        "priority",
    }


@pytest.mark.parametrize(
    ("inputs", "prop", "reason"),
    [
        ({"cidrBlock": 7}, "cidrBlock", "expected a string, got 7"),
        ({"enableDnsSupport": "yes"}, "enableDnsSupport", "expected a boolean, got 'yes'"),
        ({"tags": ["a"]}, "tags", "expected a map of strings, got ['a']"),
        ({"tags": {"cost": 7}}, "tags.cost", "expected a string, got 7"),
        ({"cidrBlock": "10.0.0.0"}, "cidrBlock", None),
        ({"cidrBlock": "10.0.0.1/16"}, "cidrBlock", "is not a valid CIDR block"),
        ({"instanceTenancy": "host"}, "instanceTenancy", "to be one of ['default', 'dedicated']"),
    ],
)
def test_a_value_of_the_wrong_kind_is_refused(
    aws: Provider, inputs: dict[str, Any], prop: str, reason: str | None
) -> None:
    _, failures = aws.check(tokens.VPC, **inputs)
    if reason is None:  # one address is a block of one address: for EC2 to judge
        assert failures == {}
    else:
        assert list(failures) == [prop]
        assert reason in failures[prop]


def test_a_whole_number_is_an_integer_again_after_the_wire(aws: Provider) -> None:
    inputs, failures = aws.check(tokens.TGW, amazonSideAsn=64600)
    assert failures == {}
    assert isinstance(inputs["amazonSideAsn"], int)


def test_an_unknown_value_satisfies_a_required_input_of_any_kind(aws: Provider) -> None:
    inputs, failures = aws.check(
        tokens.TGW_ATTACHMENT, transitGatewayId=UNKNOWN, vpcId=UNKNOWN, subnetIds=[UNKNOWN]
    )
    assert failures == {}
    assert inputs["subnetIds"] == [UNKNOWN]


def test_check_fills_in_defaults_and_says_which(aws: Provider) -> None:
    inputs, _ = aws.check(tokens.TGW, dnsSupport="disable")
    assert inputs["amazonSideAsn"] == 64512
    assert "amazonSideAsn" in inputs["__defaults"]
    assert "dnsSupport" not in inputs["__defaults"]


@pytest.mark.parametrize(
    ("package", "token", "prop", "pattern"),
    [
        ("aws", tokens.RAM_SHARE, "name", r"^share-[0-9a-f]{7}$"),
        ("gcp", tokens.GCP_NETWORK, "name", r"^share-[0-9a-f]{7}$"),
        ("azure-native", tokens.RESOURCE_GROUP, "resourceGroupName", r"^share[0-9a-f]{8}$"),
        ("azure-native", tokens.ROLE_DEFINITION, "roleDefinitionId", r"^[0-9a-f]{8}-[0-9a-f-]+$"),
    ],
)
def test_an_unnamed_object_gets_the_logical_name_and_some_digits(
    connect: Connect, package: str, token: str, prop: str, pattern: str
) -> None:
    inputs, _ = connect(package).check(token, "share", scope="/subscriptions/s")
    assert re.match(pattern, inputs[prop])


def test_a_made_up_name_is_kept_over_updates(aws: Provider) -> None:
    first, _ = aws.check(tokens.RAM_SHARE, "share")
    again, _ = aws.check(tokens.RAM_SHARE, "share", {**first, "name": "share-0000000"})
    assert again["name"] == "share-0000000"


def test_a_preview_knows_the_inputs_and_no_computed_output(aws: Provider) -> None:
    outputs = aws.preview(tokens.VPC, cidrBlock="10.0.0.0/16")
    assert outputs["cidrBlock"] == "10.0.0.0/16"
    assert outputs["enableDnsSupport"] is True
    for later in ("arn", "mainRouteTableId", "tagsAll", "enableDnsHostnames", "region"):
        assert outputs[later] == UNKNOWN


def test_a_preview_creates_nothing(aws: Provider, store: Store) -> None:
    aws.preview(tokens.VPC, cidrBlock="10.0.0.0/16")
    assert store.everything() == {}


def test_a_preview_passes_unknown_inputs_through(aws: Provider) -> None:
    outputs = aws.preview(tokens.SUBNET, vpcId=UNKNOWN, cidrBlock="10.0.0.0/24")
    assert outputs["vpcId"] == UNKNOWN


def test_a_secret_input_stays_secret_on_the_way_back(aws: Provider) -> None:
    request = provider_pb2.CheckRequest(urn=urn(tokens.VPC, "it"))
    request.news.update({"cidrBlock": secret("10.0.0.0/16")})
    checked = aws.stub.Check(request).inputs
    assert wire.decode(checked).secrets == {"cidrBlock"}
    created = aws.stub.Create(
        provider_pb2.CreateRequest(urn=urn(tokens.VPC, "it"), properties=checked)
    )
    assert wire.decode(created.properties).secrets == {"cidrBlock"}
    assert wire.decode(created.properties).values["cidrBlock"] == "10.0.0.0/16"


def test_reading_an_object_that_is_gone_gives_an_empty_id(aws: Provider) -> None:
    vpc = aws.create(tokens.VPC, cidrBlock="10.0.0.0/16")
    aws.delete(vpc)
    assert aws.read(vpc) is None


def test_deleting_an_object_that_is_gone_is_no_error(aws: Provider) -> None:
    vpc = aws.create(tokens.VPC, cidrBlock="10.0.0.0/16")
    aws.delete(vpc)
    aws.delete(vpc)


def test_a_refresh_of_an_unchanged_object_changes_nothing(azure: Provider) -> None:
    group = azure.create(tokens.RESOURCE_GROUP, location="West Europe", resourceGroupName="g")
    read = azure.read(group)
    assert read == group


def test_a_refresh_shows_what_someone_changed(aws: Provider, store: Store) -> None:
    vpc = aws.create(tokens.VPC, cidrBlock="10.0.0.0/16")
    here = store.within(CUSTOMER_AWS_ACCOUNT, "us-east-2")
    body = here.get("aws", tokens.VPC, vpc.id)
    assert body is not None
    here.put("aws", tokens.VPC, vpc.id, {**body, "enableDnsSupport": False, "tags": {"by": "hand"}})
    read = aws.read(vpc)
    assert read is not None
    assert read.inputs["enableDnsSupport"] is False
    assert read.inputs["tags"] == {"by": "hand"}


def test_an_import_by_id_finds_every_input(azure: Provider) -> None:
    azure.create(tokens.RESOURCE_GROUP, location="westeurope", resourceGroupName="g")
    vnet = azure.create(
        tokens.VNET,
        resourceGroupName="g",
        virtualNetworkName="v",
        addressSpace={"addressPrefixes": ["10.0.0.0/16"]},
    )
    read = azure.read(vnet, as_import=True)
    assert read is not None
    assert read.inputs == {
        "resourceGroupName": "g",
        "virtualNetworkName": "v",
        "addressSpace": {"addressPrefixes": ["10.0.0.0/16"]},
        "location": "westeurope",
    }


def test_an_imported_object_is_unchanged_by_the_program_that_made_it(aws: Provider) -> None:
    vpc = aws.create(tokens.VPC, cidrBlock="10.0.0.0/16", tags={"a": "b"})
    read = aws.read(vpc, as_import=True)
    assert read is not None
    assert list(aws.diff(read).diffs) == []


def test_updating_an_object_that_is_gone_is_refused(aws: Provider) -> None:
    vpc = aws.create(tokens.VPC, cidrBlock="10.0.0.0/16")
    aws.delete(vpc)
    with pytest.raises(Refused, match="not there to update"):
        aws.update(vpc, enableDnsHostnames=True)


def test_an_update_drops_what_the_program_dropped_and_keeps_what_the_cloud_chose(
    aws: Provider,
) -> None:
    vpc = aws.create(tokens.VPC, cidrBlock="10.0.0.0/16", tags={"a": "b"})
    updated = aws.update(vpc, tags=None)
    assert "tags" not in updated.outputs
    assert updated["tagsAll"] == {}
    assert updated["mainRouteTableId"] == vpc["mainRouteTableId"]


def test_a_refused_create_leaves_nothing_behind(aws: Provider, store: Store) -> None:
    with pytest.raises(Refused):
        aws.create(tokens.VPC, cidrBlock="10.0.0.0/8")
    assert store.everything() == {}


def test_two_provider_instances_keep_their_own_configuration(connect: Connect) -> None:
    ohio, ireland = (
        connect("aws", {"region": region, "defaultTags": f'{{"tags":{{"at":"{region}"}}}}'})
        for region in ("us-east-2", "eu-west-1")
    )
    for provider, region in ((ohio, "us-east-2"), (ireland, "eu-west-1")):
        vpc = provider.create(tokens.VPC, cidrBlock="10.0.0.0/16", tags={"mine": "yes"})
        assert vpc["arn"].startswith(f"arn:aws:ec2:{region}:")
        assert vpc["tagsAll"] == {"at": region, "mine": "yes"}


def test_ids_are_the_same_in_every_fresh_store_and_never_used_again() -> None:
    def ids(store: Store) -> list[str]:
        servers = serve_clouds(store)
        aws = Provider(servers.ports["aws"], {"region": "us-east-2"})
        made: list[Made] = [
            aws.create(tokens.VPC, cidrBlock="10.0.0.0/16"),
            aws.create(tokens.TGW),
            aws.create(tokens.RAM_SHARE),
        ]
        aws.close()
        servers.stop()
        return [one.id for one in made]

    first, second = (Store(":memory:", VirtualClock(speed=0)) for _ in range(2))
    once = ids(first)
    assert ids(second) == once
    first.reset()
    assert set(ids(first)).isdisjoint(once)
    first.close()
    second.close()


@pytest.mark.parametrize(
    ("package", "version"), [("aws", "7.51.1"), ("azure-native", "3.29.0"), ("gcp", "10.2.0")]
)
def test_the_plugin_tells_its_version(connect: Connect, package: str, version: str) -> None:
    stub = connect(package).stub
    assert stub.GetPluginInfo(empty_pb2.Empty()).version == version


def test_the_engine_can_attach_and_shake_hands(aws: Provider) -> None:
    aws.stub.Attach(plugin_pb2.PluginAttach(address="127.0.0.1:1"))
    answer = aws.stub.Handshake(provider_pb2.ProviderHandshakeRequest(engine_address="x"))
    assert answer.accept_secrets


def test_a_changed_provider_configuration_is_an_update(aws: Provider) -> None:
    request = provider_pb2.DiffRequest(urn=urn("pulumi:providers:aws", "p"))
    request.old_inputs.update({"region": "us-east-2", "profile": "a"})
    request.news.update({"region": "us-east-2", "profile": "b"})
    answer = aws.stub.DiffConfig(request)
    assert list(answer.diffs) == ["profile"]
    assert list(answer.replaces) == []


def test_every_request_is_logged_with_its_outcome(aws: Provider, store: Store) -> None:
    vpc = aws.create(tokens.VPC, "landing", cidrBlock="10.0.0.0/16")
    with pytest.raises(Refused):
        aws.create(tokens.VPC, "huge", cidrBlock="10.0.0.0/8")
    aws.delete(vpc)
    logged = [(entry["method"], entry["status"]) for entry in store.requests("aws")]
    unknown = grpc.StatusCode.UNKNOWN.value[0]
    assert logged == [
        ("Configure", 0),
        ("Check", 0),
        ("Create", 0),
        ("Check", 0),
        ("Create", unknown),
        ("Delete", 0),
    ]
    assert store.requests("aws")[1]["target"] == f"{tokens.VPC} {vpc.urn}"
    assert store.requests("aws")[5]["target"].endswith(vpc.id)


def test_a_taken_port_is_an_error(store: Store, clouds: CloudServers) -> None:
    with pytest.raises(RuntimeError):
        serve_clouds(store, ports={"aws": clouds.ports["aws"]})


def test_a_failed_check_does_not_reach_the_cloud(aws: Provider) -> None:
    with pytest.raises(Failed):
        aws.create(tokens.VPC, cidrBlock="not a block")
