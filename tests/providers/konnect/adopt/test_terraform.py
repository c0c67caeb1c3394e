"""Reading a Terraform state file: each type's attributes as inputs, and what is left out."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from providers.konnect.adopt import terraform
from providers.konnect.adopt.found import Adopted, Found, secrets
from tests.providers.konnect.adopt.world import BLOCKS, resource
from tests.providers.konnect.example import ENTITY, OTHER, PLANE

Json = dict[str, Any]
Read = Callable[..., Found]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Reads a state file that holds these resources."""

    def of(*resources: Json, **more: Any) -> Found:
        file = tmp_path / "terraform.tfstate"
        file.write_text(json.dumps({"version": 4, "resources": list(resources), **more}))
        return terraform.read(file)

    return of


def only(found: Found) -> Adopted:
    assert found.left_out == []
    (adopted,) = found.adopted
    return adopted


def service(name: str = "orders", **more: Any) -> Json:
    attributes = {"id": ENTITY, "control_plane_id": PLANE, "host": "orders.internal"}
    return resource("gateway_service", name, attributes, **more)


# Types whose attributes have another shape.


@pytest.mark.parametrize(
    ("block", "twin", "config"),
    [
        (
            "aws_transit_gateway",
            "aws_transit_gateway_response",
            {
                "kind": "aws-transit-gateway-attachment",
                "transit_gateway_id": "tgw-1",
                "ram_share_arn": "arn:aws:ram:us-east-1:123456789012:resource-share/abc",
            },
        ),
        (
            "aws_vpc_peering_gateway",
            "aws_vpc_peering_gateway_response",
            {
                "kind": "aws-vpc-peering-attachment",
                "peer_account_id": "123456789012",
                "peer_vpc_id": "vpc-1",
                "peer_vpc_region": "us-east-1",
            },
        ),
        (
            "aws_resource_endpoint_gateway",
            "aws_resource_endpoint_gateway_response",
            {
                "kind": "aws-resource-endpoint-attachment",
                "ram_share_arn": "arn:aws:ram:us-east-1:123456789012:resource-share/abc",
                "resource_config": [{"resource_config_id": "rcfg-1", "domain_name": "a.b"}],
            },
        ),
        (
            "azure_transit_gateway",
            "azure_transit_gateway_response",
            {
                "kind": "azure-vnet-peering-attachment",
                "tenant_id": "t",
                "subscription_id": "s",
                "resource_group_name": "g",
                "vnet_name": "v",
            },
        ),
        (
            "azure_vhub_peering_gateway",
            "azure_vhub_peering_gateway_response",
            {
                "kind": "azure-vhub-peering-attachment",
                "tenant_id": "t",
                "subscription_id": "s",
                "resource_group_name": "g",
                "vhub_name": "v",
            },
        ),
        (
            "gcp_vpc_peering_transit_gateway",
            "gcpvpc_peering_gateway_response",
            {
                "kind": "gcp-vpc-peering-attachment",
                "peer_project_id": "p",
                "peer_vpc_name": "v",
            },
        ),
    ],
)
def test_every_kind_of_attachment_is_taken_from_its_block_or_after_an_import_from_its_twin(
    read: Read, block: str, twin: str, config: Json
) -> None:
    cidrs = ["10.0.0.0/8"] if block in ("aws_transit_gateway", "aws_vpc_peering_gateway") else None
    written = {
        "name": "hub",
        "cidr_blocks": cidrs,
        "dns_config": None,
        "transit_gateway_attachment_config": config,
    }
    answered = {**written, "state": "ready", "transit_gateway_attachment_config": {**config}}
    if block == "aws_transit_gateway":
        answered["transit_gateway_attachment_config"]["attachment_id"] = "tgw-attach-1"
    if block == "aws_resource_endpoint_gateway":
        mapped = [{**config["resource_config"][0], "state": "ready"}]
        answered["transit_gateway_attachment_config"]["resource_config"] = mapped
    for filled in ({block: written, twin: answered}, {twin: answered}):
        attributes = {"id": ENTITY, "network_id": OTHER, **dict.fromkeys(BLOCKS), **filled}
        adopted = only(read(resource("cloud_gateway_transit_gateway", "hub", attributes)))
        assert adopted.inputs["transit_gateway_attachment_config"] == config
        assert adopted.inputs["name"] == "hub"
        assert adopted.inputs.get("cidr_blocks") == cidrs
        assert json.loads(adopted.import_id) == {"id": ENTITY, "network_id": OTHER}


def test_what_was_written_counts_and_not_what_was_read_since(read: Read) -> None:
    config = {"kind": "gcp-vpc-peering-attachment", "peer_project_id": "p", "peer_vpc_name": "v"}
    block = {"name": "hub", "transit_gateway_attachment_config": config}
    twin = {"name": "hub", "transit_gateway_attachment_config": {**config, "peer_vpc_name": "w"}}
    blocks = {"gcp_vpc_peering_transit_gateway": block, "gcpvpc_peering_gateway_response": twin}
    attributes = {"id": ENTITY, "network_id": OTHER, **dict.fromkeys(BLOCKS), **blocks}
    adopted = only(read(resource("cloud_gateway_transit_gateway", "hub", attributes)))
    assert adopted.inputs["transit_gateway_attachment_config"]["peer_vpc_name"] == "v"


@pytest.mark.parametrize(
    ("kind", "config"),
    [
        (
            "aws_private_hosted_zone",
            {"kind": "aws-private-hosted-zone-attachment", "hosted_zone_id": "Z1"},
        ),
        (
            "aws_private_dns_resolver",
            {
                "kind": "aws-outbound-resolver",
                "dns_config": {"a.b": {"remote_dns_server_ip_addresses": ["10.0.0.2"]}},
            },
        ),
        (
            "azure_private_hosted_zone",
            {
                "kind": "azure-private-hosted-zone-attachment",
                "domain_name": "a.b",
                "peer_tenant_id": "t",
                "peer_subscription_id": "s",
                "peer_resource_group_id": "g",
                "peer_vnet_link_name": "l",
            },
        ),
        (
            "azure_private_dns_resolver",
            {
                "kind": "azure-outbound-resolver",
                "dns_config": {"a.b": {"remote_dns_server_ip_addresses": ["10.0.0.2"]}},
            },
        ),
        (
            "gcp_private_hosted_zone",
            {
                "kind": "gcp-private-hosted-zone-attachment",
                "domain_name": "a.b",
                "peer_project_id": "p",
                "peer_vpc_name": "v",
            },
        ),
    ],
)
def test_every_kind_of_private_dns_is_taken_from_its_block_or_after_an_import_from_its_twin(
    read: Read, kind: str, config: Json
) -> None:
    written = {"private_dns_attachment_config": {f"{kind}_attachment_config": config}}
    twin = {f"{kind}_response": {"name": "corp", "private_dns_attachment_config": config}}
    for filled in ({"name": "corp", **written}, {"private_dns_attachment_config": None, **twin}):
        attributes = {"id": ENTITY, "network_id": OTHER, **filled}
        adopted = only(read(resource("cloud_gateway_private_dns", "corp", attributes)))
        assert adopted.inputs["private_dns_attachment_config"] == config
        assert adopted.inputs["name"] == "corp"


def test_a_group_of_data_planes_is_taken_as_it_was_written(read: Read) -> None:
    kind = "configuration_data_plane_group_autoscale_"
    scale = {"kind": "autopilot", "base_rps": 100, "max_rps": 1000}
    running = {
        "id": ENTITY,
        "state": "ready",
        "provider": "aws",
        "region": "us-east-2",
        "cloud_gateway_network_id": OTHER,
        "egress_ip_addresses": ["192.0.2.1"],
        "environment": None,
    }
    fixed = {"instance_type": "small", "requested_instances": 3}
    groups = [
        {**running, "autoscale": {f"{kind}autopilot": scale, f"{kind}static": None}},
        {
            **running,
            "cloud_gateway_network_id": ENTITY,
            "autoscale": {f"{kind}autopilot": None, f"{kind}static": fixed},
        },
    ]
    attributes = {
        "id": ENTITY,
        "control_plane_id": PLANE,
        "control_plane_geo": "us",
        "version": "3.13",
        "kind": "dedicated.v0",
        "dataplane_groups": groups,
    }
    adopted = only(read(resource("cloud_gateway_configuration", "this", attributes)))
    assert [group["autoscale"] for group in adopted.inputs["dataplane_groups"]] == [
        {"kind": "autopilot", "base_rps": 100},
        {"kind": "static", "instance_type": "small", "requested_instances": 3},
    ]
    assert "state" not in adopted.inputs["dataplane_groups"][0]
    assert "kind" not in adopted.inputs, "it is the default"
    assert adopted.import_id == ENTITY
    assert adopted.id is None, "its id here is the control plane's"


@pytest.mark.parametrize("imported", [False, True])
def test_an_addon_of_a_group_has_an_owner_with_its_kind(read: Read, imported: bool) -> None:
    capacity = {"capacity_config": {"tiered": {"tier": "small"}}}
    answer = {**capacity, "state_metadata": {"cache_config_id": OTHER}}
    owner = {"control_plane_group_id": PLANE, "control_plane_group_geo": "eu"}
    attributes = {
        "id": ENTITY,
        "name": "cache",
        "owner": {"control_plane": None, "control_plane_group": owner},
        "config": {
            "managed_cache": None if imported else capacity,
            "managed_cache_add_on_config_response": answer,
        },
    }
    adopted = only(read(resource("cloud_gateway_addon", "cache", attributes)))
    assert adopted.inputs["owner"] == {"kind": "control-plane-group", **owner}
    assert adopted.inputs["config"]["capacity_config"] == {"kind": "tiered", "tier": "small"}
    assert adopted.managed_partial == OTHER


_MODEL: Json = {"provider": "openai", "name": "gpt"}


@pytest.mark.parametrize(
    ("type_", "config", "ours"),
    [
        (
            "redis_ce",
            {"host": "redis.internal", "port": "6379", "username": None, "timeout": 2000},
            {"host": "redis.internal", "port": 6379, "timeout": 2000},
        ),
        (
            "redis_ee",
            {"port": "{vault://env/port}", "cluster_nodes": [{"ip": "10.0.0.1", "port": 6379}]},
            {"port": "{vault://env/port}", "cluster_nodes": [{"ip": "10.0.0.1", "port": 6379}]},
        ),
        (
            "vectordb",
            {
                "strategy": "redis",
                "dimensions": 10,
                "distance_metric": "cosine",
                "redis": {"port": "6379"},
            },
            {
                "strategy": "redis",
                "dimensions": 10,
                "distance_metric": "cosine",
                "redis": {"port": 6379},
            },
        ),
        ("embeddings", {"auth": None, "model": _MODEL}, {"model": _MODEL}),
        (
            "model",
            {"route_type": "llm/v1/chat", "model": _MODEL, "metadata": '{"a": [1]}'},
            {"route_type": "llm/v1/chat", "model": _MODEL, "metadata": {"a": [1]}},
        ),
    ],
)
def test_a_partial_is_the_block_that_is_written_with_its_name_as_the_type(
    read: Read, type_: str, config: Json, ours: Json
) -> None:
    blocks = dict.fromkeys(("redis_ce", "redis_ee", "vectordb", "embeddings", "model"))
    block = {"name": "shared", "tags": ["a"], "config": config, "id": ENTITY, "created_at": 1}
    attributes = {"id": ENTITY, "control_plane_id": PLANE, "name": "shared", **blocks, type_: block}
    adopted = only(read(resource("gateway_partial", "shared", attributes)))
    assert adopted.inputs["type"] == type_.replace("_", "-")
    assert adopted.inputs["tags"] == ["a"]
    assert adopted.inputs["config"] == ours


def test_a_control_plane_takes_from_its_config_what_was_left_to_konnect(read: Read) -> None:
    attributes = {
        "id": PLANE,
        "name": "orders",
        "description": "",
        "labels": None,
        "auth_type": "pki_client_certs",
        "cloud_gateway": None,
        "cluster_type": None,
        "proxy_urls": None,
        "config": {
            "auth_type": "pinned_client_certs",
            "cloud_gateway": True,
            "cluster_type": "CLUSTER_TYPE_CONTROL_PLANE",
            "proxy_urls": [],
            "control_plane_endpoint": "https://a.us.cp.konghq.com",
        },
    }
    adopted = only(read(resource("gateway_control_plane", "this", attributes)))
    assert adopted.inputs == {
        "name": "orders",
        "auth_type": "pki_client_certs",
        "cloud_gateway": True,
        "cluster_type": "CLUSTER_TYPE_CONTROL_PLANE",
    }


# Plugins.


def plugin(type_: str, **attributes: Any) -> Json:
    known = {"id": ENTITY, "control_plane_id": PLANE, "enabled": True, "ordering": None}
    return resource(type_, "this", {**known, **attributes})


def test_a_plugin_is_named_by_its_type_and_keeps_what_is_not_null(read: Read) -> None:
    config = {"key_names": ["apikey"], "anonymous": None, "realm": None, "hide_credentials": False}
    adopted = only(read(plugin("gateway_plugin_key_auth", config=config, service={"id": OTHER})))
    assert adopted.inputs == {
        "control_plane_id": PLANE,
        "name": "key-auth",
        "config": {"key_names": ["apikey"], "hide_credentials": False},
        "service": {"id": OTHER},
    }


@pytest.mark.parametrize(
    ("name", "label"),
    [("this", "this key_auth"), ("orders", "orders key_auth"), ("orders_key_auth",) * 2],
)
def test_a_plugins_label_has_its_type_once(read: Read, name: str, label: str) -> None:
    block = {**plugin("gateway_plugin_key_auth", config={}), "name": name}
    assert only(read(block)).label == label


def test_what_a_partial_fills_is_left_out_of_a_plugins_config(read: Read) -> None:
    config = {"limit": [1], "window_size": [60], "redis": {"host": "127.0.0.1", "port": "6379"}}
    link = {"id": OTHER, "name": "redis", "path": "config.redis"}
    of = plugin("gateway_plugin_rate_limiting_advanced", config=config, partials=[link])
    adopted = only(read(of))
    assert adopted.inputs["config"] == {"limit": [1], "window_size": [60]}
    assert adopted.inputs["partials"] == [{"id": OTHER}]


def test_a_plugins_own_redis_stays_with_its_port_as_a_number(read: Read) -> None:
    config = {"limit": [1], "window_size": [60], "redis": {"host": "127.0.0.1", "port": "6379"}}
    adopted = only(read(plugin("gateway_plugin_rate_limiting_advanced", config=config)))
    assert adopted.inputs["config"]["redis"] == {"host": "127.0.0.1", "port": 6379}


def test_a_custom_plugin_has_its_own_name_and_a_dynamic_config(read: Read) -> None:
    config = {"type": ["object", {"greeting": "string"}], "value": {"greeting": "hello"}}
    adopted = only(read(plugin("gateway_custom_plugin", name="greeter", config=config)))
    assert adopted.inputs["name"] == "greeter"
    assert adopted.inputs["config"] == {"greeting": "hello"}


def test_the_config_of_a_custom_plugin_may_be_json_in_a_string(read: Read) -> None:
    config = {"type": "string", "value": '{"greeting": "hello", "times": [1, 2]}'}
    adopted = only(read(plugin("gateway_custom_plugin", name="greeter", config=config)))
    assert adopted.inputs["config"] == {"greeting": "hello", "times": [1, 2]}


def test_both_flavours_of_routes_are_one_resource(read: Read) -> None:
    attributes = {"id": ENTITY, "control_plane_id": PLANE, "expression": 'http.path == "/a"'}
    adopted = only(read(resource("gateway_route_expression", "a", attributes)))
    assert adopted.resource == "GatewayRoute"
    assert adopted.inputs["expression"] == 'http.path == "/a"'


# Credentials.


def hidden(adopted: Adopted) -> set[str]:
    return {".".join(map(str, path)) for path, _ in secrets(adopted)}


def test_credentials_are_known_by_the_schemas_by_their_names_and_by_terraforms_marks(
    read: Read,
) -> None:
    config = {
        "http_endpoint": "https://user:word@logs.example.com",
        "headers": {"x-team": "orders", "x-key": "{vault://env/key}"},
        "content_type": "application/json",
        "custom_fields_by_lua": {"api_key": "a", "other": "b", "marked": "c"},
    }
    log = plugin("gateway_plugin_http_log", config=config)
    names = ("config", "custom_fields_by_lua", "marked")
    steps = [{"type": "get_attr", "value": name} for name in names]
    log["instances"][0]["sensitive_attributes"] = [steps]
    assert hidden(only(read(log))) == {
        "config.http_endpoint",
        "config.headers.x-team",
        "config.custom_fields_by_lua.api_key",
        "config.custom_fields_by_lua.marked",
    }


def test_a_mark_may_go_through_a_list_and_may_lead_nowhere(read: Read) -> None:
    steps: list[Json] = [
        {"type": "get_attr", "value": "tags"},
        {"type": "index", "value": {"value": 1, "type": "number"}},
    ]
    gone = [{"type": "get_attr", "value": "gone"}]
    of = service()
    of["instances"][0]["attributes"]["tags"] = ["open", "hidden"]
    of["instances"][0]["sensitive_attributes"] = [steps, gone]
    adopted = only(read(of))
    assert adopted.sensitive == {"hidden"}
    assert hidden(adopted) == {"tags.0"}, "tags are a set, in order"


def test_a_key_that_is_read_from_a_vault_is_no_credential(read: Read) -> None:
    attributes = {
        "id": ENTITY,
        "control_plane_id": PLANE,
        "cert": "{vault://env/cert}",
        "key": "{vault://env/key}",
    }
    assert hidden(only(read(resource("gateway_certificate", "this", attributes)))) == set()


# Instances.


def test_instances_of_count_and_for_each_and_of_modules_have_names_of_their_own(
    read: Read,
) -> None:
    counted = {**service(), "instances": []}
    for index in (0, 1):
        counted["instances"] += service(index_key=index)["instances"]
    each = {**service("each", index_key="eu west"), "module": 'module.apis["a"].module.inner'}
    found = read(counted, each)
    assert [item.source for item in found.adopted] == [
        "konnect_gateway_service.orders[0]",
        "konnect_gateway_service.orders[1]",
        'module.apis["a"].module.inner.konnect_gateway_service.each["eu west"]',
    ]
    assert len({item.label for item in found.adopted}) == 3


def test_other_provider_configurations_and_tainted_objects_are_noted(read: Read) -> None:
    aliased = service("eu")
    aliased["provider"] += ".eu"
    notes = read(aliased, service("bad", status="tainted")).notes
    assert len(notes) == 2
    assert "konnect_gateway_service.bad is tainted" in notes[0]
    assert "alias 'eu'" in notes[1]
    assert "konnect_gateway_service.eu" in notes[1]


@pytest.mark.parametrize(
    ("left", "reason"),
    [
        (resource("portal", "dev", {"id": ENTITY}), "there is no such resource here"),
        ({**service(), "mode": "data"}, "a data source: look it up in the program"),
        ({**service(), "type": "aws_vpc"}, "of another provider"),
        (service(deposed="0123abcd"), "deposed"),
        (resource("gateway_service", "a", {"id": ENTITY}), "control_plane_id"),
        (
            resource("gateway_service", "a", {"id": ENTITY, "control_plane_id": PLANE}),
            "host: is required",
        ),
        (resource("cloud_gateway_addon", "a", {"id": ENTITY}), "kong/konnect 3"),
        (
            resource("gateway_partial", "a", {"id": ENTITY, "control_plane_id": PLANE}),
            "none of its blocks is filled",
        ),
        (
            resource("cloud_gateway_transit_gateway", "a", {"id": ENTITY, "network_id": PLANE}),
            "none of aws_transit_gateway",
        ),
        (
            resource(
                "gateway_vault", "a", {"id": ENTITY, "control_plane_id": PLANE, "config": "{"}
            ),
            "kong/konnect 3",
        ),
    ],
)
def test_what_cannot_be_taken_over_is_left_out_with_its_reason(
    read: Read, left: Json, reason: str
) -> None:
    found = read(left, service("kept"))
    assert [item.source for item in found.adopted] == ["konnect_gateway_service.kept"]
    (item,) = found.left_out
    assert reason in item.reason


# Files that are no such state.


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("resource {}", "is not JSON"),
        ("[]", "is not a Terraform state file"),
        ('{"version": 3, "modules": []}', "of version 4 .its version: 3"),
        ('{"version": 4}', "of version 4"),
        ('{"encrypted_data": "abc", "serial": 1}', "is encrypted"),
        ('{"format_version": "1.0", "values": {}}', "terraform state pull"),
    ],
)
def test_a_file_that_is_no_state_is_one_line_that_says_what_it_is(
    tmp_path: Path, content: str, said: str
) -> None:
    file = tmp_path / "terraform.tfstate"
    file.write_text(content)
    with pytest.raises(terraform.StateError, match=said) as error:
        terraform.read(file)
    assert "\n" not in str(error.value)


def test_a_file_that_is_not_there_is_one_line_that_names_it(tmp_path: Path) -> None:
    with pytest.raises(terraform.StateError, match=r"nowhere\.tfstate: No such file"):
        terraform.read(tmp_path / "nowhere.tfstate")
