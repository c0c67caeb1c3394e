"""Data-plane nodes: there for groups that are ready, in sync with the expected configuration."""

from __future__ import annotations

from datetime import UTC, datetime

from tests.sandbox.konnect.client import PLANES, Json, Konnect, entities

NOBODY = "00000000-0000-4000-8000-000000000000"
GROUP = "CLUSTER_TYPE_CONTROL_PLANE_GROUP"
SERVICE = {"name": "billing", "host": "billing.test"}


def with_nodes(konnect: Konnect, **fields: object) -> str:
    """A control plane whose group in three zones is ready."""
    plane = konnect.plane()
    konnect.configuration(plane, konnect.group(konnect.network()), **fields)
    konnect.wait(11)
    return plane


def nodes(konnect: Konnect, plane: str) -> list[Json]:
    found: list[Json] = konnect.read(f"{PLANES}/{plane}/nodes")["items"]
    return found


def expected_hash(konnect: Konnect, plane: str) -> str:
    return str(konnect.read(f"{PLANES}/{plane}/expected-config-hash")["expected_hash"])


def test_a_group_has_no_node_until_it_is_ready_and_one_per_zone_then(konnect: Konnect) -> None:
    plane = konnect.plane()
    konnect.configuration(plane, konnect.group(konnect.network()))
    assert nodes(konnect, plane) == []
    konnect.wait(11)
    found = nodes(konnect, plane)
    assert [node["version"] for node in found] == ["3.13.0.0"] * 3
    assert len({node["id"] for node in found}) == len({node["hostname"] for node in found}) == 3
    assert {node["config_hash"] for node in found} == {expected_hash(konnect, plane)}
    assert konnect.read(f"{PLANES}/{plane}/nodes/{found[0]['id']}") == {"item": found[0]}


def test_static_autoscaling_says_how_many_nodes_there_are(konnect: Konnect) -> None:
    plane = konnect.plane()
    static = {"kind": "static", "instance_type": "small", "requested_instances": 5}
    konnect.configuration(plane, konnect.group(konnect.network(), autoscale=static))
    konnect.wait(11)
    assert len(nodes(konnect, plane)) == 5


def test_nodes_keep_their_ids_through_a_new_version_and_go_with_their_group(
    konnect: Konnect,
) -> None:
    plane = konnect.plane()
    group = konnect.group(konnect.network())
    konnect.configuration(plane, group)
    konnect.wait(11)
    before = nodes(konnect, plane)
    konnect.configuration(plane, group, version="3.14")
    konnect.wait(60)
    after = nodes(konnect, plane)
    assert [node["id"] for node in after] == [node["id"] for node in before]
    assert {node["version"] for node in after} == {"3.14.0.0"}
    konnect.configuration(plane, version="3.14")
    assert nodes(konnect, plane) == []


def test_the_documented_parameters_of_one_node_are_checked(konnect: Konnect) -> None:
    plane = with_nodes(konnect)
    path = f"{PLANES}/{plane}/nodes/{nodes(konnect, plane)[0]['id']}"
    assert konnect.get(path, size="5").status == 200
    for size in ("-1.5", "0", "1001"):
        assert konnect.get(path, size=size).status == 400


def test_nodes_ping(konnect: Konnect) -> None:
    plane = with_nodes(konnect)
    konnect.wait(5)
    assert {node["last_ping"] for node in nodes(konnect, plane)} == {int(konnect.store.clock.now())}


def test_a_record_that_was_deleted_is_back_with_the_next_heartbeat(konnect: Konnect) -> None:
    plane = with_nodes(konnect)
    first, *others = nodes(konnect, plane)
    path = f"{PLANES}/{plane}/nodes/{first['id']}"
    assert konnect.delete(path).status == 204
    assert konnect.get(path).status == konnect.delete(path).status == 404
    assert nodes(konnect, plane) == others
    konnect.wait(0.6)
    assert konnect.read(path)["item"]["id"] == first["id"]


def test_nodes_are_paged(konnect: Konnect) -> None:
    plane = with_nodes(konnect)
    path = f"{PLANES}/{plane}/nodes"
    first = konnect.get(path, **{"page[size]": "2"}).body
    assert (len(first["items"]), first["page"]["total_count"]) == (2, 3)
    second = konnect.get(first["page"]["next"]).body
    assert second["page"] == {"total_count": 3}
    assert first["items"] + second["items"] == nodes(konnect, plane)


def test_nodes_of_a_version_near_its_end_are_called_out(konnect: Konnect) -> None:
    old, new = with_nodes(konnect, version="3.9"), with_nodes(konnect, version="3.14")
    called_out = konnect.read(f"{PLANES}/{old}/nodes/eol")
    assert called_out["page"]["total_count"] == 3
    assert {entry["node_version"] for entry in called_out["items"]} == {"3.9.0.0"}
    assert "Upgrade to 3.14 LTS" in called_out["items"][0]["message"]
    assert konnect.read(f"{PLANES}/{new}/nodes/eol")["items"] == []
    years = datetime(2029, 4, 1, tzinfo=UTC).timestamp() - konnect.store.clock.now()
    konnect.wait(years / 60)
    (message, *_) = {e["message"] for e in konnect.read(f"{PLANES}/{new}/nodes/eol")["items"]}
    assert "ends on 2029-04-30" in message


def test_what_nodes_are_expected_to_run_changes_with_the_entities(konnect: Konnect) -> None:
    plane = with_nodes(konnect)
    version_path = f"{PLANES}/{plane}/expected-config-version"
    seen, versions = [expected_hash(konnect, plane)], [konnect.read(version_path)]
    konnect.wait(1)
    service = konnect.post(entities(plane, "services"), SERVICE).body
    path = f"{entities(plane, 'services')}/{service['id']}"
    seen.append(expected_hash(konnect, plane))
    versions.append(konnect.read(version_path))
    konnect.wait(1)
    konnect.put(path, {**SERVICE, "retries": 7})
    seen.append(expected_hash(konnect, plane))
    assert len(set(seen)) == 3
    assert versions[0]["expected_config_version"] != versions[1]["expected_config_version"]
    assert {node["config_hash"] for node in nodes(konnect, plane)} == {seen[-1]}
    assert expected_hash(konnect, plane) == seen[-1]
    konnect.delete(path)
    assert expected_hash(konnect, plane) == seen[0]


def test_a_group_expects_what_its_members_hold(konnect: Konnect) -> None:
    group = konnect.plane(cluster_type=GROUP)
    member = konnect.plane(cloud_gateway=False)
    add = f"{PLANES}/{group}/group-memberships/add"
    assert konnect.post(add, {"members": [{"id": member}]}).status == 204
    before = expected_hash(konnect, group)
    konnect.post(entities(member, "services"), SERVICE)
    assert expected_hash(konnect, group) != before


def test_nobody_has_nodes_on_a_control_plane_that_is_not_there(konnect: Konnect) -> None:
    for path in ("nodes", "nodes/eol", "expected-config-hash", "expected-config-version"):
        assert konnect.get(f"{PLANES}/{NOBODY}/{path}").status == 404
    assert konnect.get(f"{PLANES}/{konnect.plane()}/nodes/{NOBODY}").status == 404


def test_the_admin_api_takes_a_node_offline_and_back(konnect: Konnect) -> None:
    plane = with_nodes(konnect)
    first, *_ = nodes(konnect, plane)
    konnect.admin("PUT", f"nodes/{plane}/{first['id']}", {"online": False})
    konnect.wait(5)
    gone, *others = nodes(konnect, plane)
    now = int(konnect.store.clock.now())
    assert gone["last_ping"] == first["last_ping"] < now
    assert {node["last_ping"] for node in others} == {now}
    konnect.post(entities(plane, "services"), SERVICE)
    assert nodes(konnect, plane)[0]["config_hash"] == first["config_hash"]
    konnect.admin("PUT", f"nodes/{plane}/{first['hostname']}", {})
    back = nodes(konnect, plane)[0]
    assert (back["last_ping"], back["config_hash"]) == (now, expected_hash(konnect, plane))


def test_the_admin_api_takes_a_node_out_of_sync_and_back(konnect: Konnect) -> None:
    plane = with_nodes(konnect)
    path = f"nodes/{plane}/{nodes(konnect, plane)[0]['hostname']}"
    konnect.admin("PUT", path, {"in_sync": False})
    expected = expected_hash(konnect, plane)
    assert [node["config_hash"] == expected for node in nodes(konnect, plane)] == [
        False,
        True,
        True,
    ]
    assert {node["last_ping"] for node in nodes(konnect, plane)} == {int(konnect.store.clock.now())}
    konnect.admin("PUT", path, {})
    assert {node["config_hash"] for node in nodes(konnect, plane)} == {expected}


def test_a_node_that_is_not_there_cannot_be_taken_offline(konnect: Konnect) -> None:
    plane = with_nodes(konnect)
    answer = konnect.call("PUT", f"/_sandbox/nodes/{plane}/nobody", {"online": False})
    assert (answer.status, "has no node nobody" in str(answer.body)) == (404, True)
