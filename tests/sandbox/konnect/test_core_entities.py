"""Core entities: services, routes, consumers and the rest of Kong's own objects."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.konnect.client import PLANES, Json, Konnect, entities

NOBODY = "00000000-0000-4000-8000-000000000000"
PEM = "-----BEGIN CERTIFICATE-----\nYQ==\n-----END CERTIFICATE-----\n"
KEY = "-----BEGIN PRIVATE KEY-----\nYQ==\n-----END PRIVATE KEY-----\n"


@pytest.fixture
def plane(konnect: Konnect) -> str:
    return konnect.plane()


def make(konnect: Konnect, plane: str, collection: str, **fields: Any) -> Json:
    answer = konnect.post(entities(plane, collection), fields)
    assert answer.status == 201, answer.body
    body: Json = answer.body
    return body


def fields_at_fault(body: Json) -> list[str]:
    return [detail["field"] for detail in body["details"]]


def test_a_service_gets_kongs_defaults_and_epoch_timestamps(konnect: Konnect, plane: str) -> None:
    service = make(konnect, plane, "services", name="svc", host="example.com", tags=None)
    assert (service["port"], service["protocol"], service["retries"]) == (80, "http", 5)
    assert service["read_timeout"] == 60000
    assert isinstance(service["created_at"], int)
    assert "tags" not in service
    assert konnect.read(f"{entities(plane, 'services')}/svc") == service


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://example.com/a", ("https", "example.com", 443, "/a")),
        ("http://example.com:8080", ("http", "example.com", 8080, None)),
    ],
)
def test_a_url_is_a_shortcut_that_never_comes_back(
    konnect: Konnect, plane: str, url: str, expected: tuple[Any, ...]
) -> None:
    service = make(konnect, plane, "services", url=url)
    shown = tuple(service.get(name) for name in ("protocol", "host", "port", "path"))
    assert shown == expected
    assert "url" not in service


def test_a_route_of_konnect_speaks_https_by_default(konnect: Konnect, plane: str) -> None:
    make(konnect, plane, "services", name="svc", host="example.com")
    nested = make(konnect, plane, "services/svc/routes", name="r", paths=["/a"])
    assert nested["protocols"] == ["https"]
    assert nested["strip_path"] is True
    assert konnect.get(entities(plane, "services/svc/routes")).body["data"] == [nested]
    assert konnect.read(f"{entities(plane, 'routes')}/r") == nested
    assert konnect.read(f"{entities(plane, 'services/svc/routes')}/r") == nested


@pytest.mark.parametrize(
    ("collection", "fields", "field"),
    [
        ("services", {}, "host"),
        ("services", {"host": "h", "port": 65536}, "port"),
        ("services", {"host": "h", "protocol": "ftp"}, "protocol"),
        ("services", {"host": "h", "path": "a"}, "path"),
        ("services", {"host": "h", "labels": {}}, "labels"),
        ("services", {"url": "http://["}, "body"),
        ("routes", {"paths": ["/a"], "service": {"id": NOBODY}}, "service"),
        ("routes", {"paths": ["a"]}, "paths.0"),
        ("routes", {"protocols": ["https"]}, "protocols"),
        ("routes", {"expression": "http.path == 1", "paths": ["/a"]}, "paths"),
        ("consumers", {}, "username"),
        ("consumer_groups", {}, "name"),
        ("vaults", {"name": "konnect", "prefix": "A!"}, "prefix"),
        ("certificates", {"cert": "a", "key": KEY}, "cert"),
        ("snis", {"name": "a.example.com", "certificate": {"id": NOBODY}}, "certificate"),
    ],
)
def test_a_bad_entity_is_a_400_in_the_form_of_a_grpc_status(
    konnect: Konnect, plane: str, collection: str, fields: Json, field: str
) -> None:
    answer = konnect.post(entities(plane, collection), fields)
    assert (answer.status, answer.body["code"]) == (400, 3)
    assert fields_at_fault(answer.body) == [field]
    assert answer.headers["content-type"] == "application/json"


@pytest.mark.parametrize(
    ("collection", "fields"),
    [
        ("services", {"name": "a", "host": "h"}),
        ("routes", {"name": "a", "paths": ["/a"]}),
        ("consumers", {"username": "a"}),
        ("consumer_groups", {"name": "a"}),
        ("vaults", {"name": "env", "prefix": "my-env"}),
        ("upstreams", {"name": "a.internal"}),
        ("key-sets", {"name": "a"}),
        ("custom-plugins", {"name": "a", "handler": "return {}", "schema": "return {}"}),
    ],
)
def test_a_name_that_is_taken_is_a_data_constraint_error(
    konnect: Konnect, plane: str, collection: str, fields: Json
) -> None:
    make(konnect, plane, collection, **fields)
    answer = konnect.post(entities(plane, collection), fields)
    assert (answer.status, answer.body["message"]) == (400, "data constraint error")
    assert answer.body["details"][0]["type"] == "ERROR_TYPE_REFERENCE"
    other = konnect.plane()
    make(konnect, other, collection, **fields)


def test_a_put_creates_or_replaces_by_id_or_name(konnect: Konnect, plane: str) -> None:
    path = f"{entities(plane, 'services')}/svc"
    created = konnect.put(path, {"host": "one", "tags": ["a"]})
    assert (created.status, created.body["name"]) == (200, "svc")
    konnect.wait(1)
    replaced = konnect.put(path, {"name": "svc", "host": "two"}).body
    assert (replaced["id"], replaced["host"]) == (created.body["id"], "two")
    assert "tags" not in replaced
    assert replaced["updated_at"] == replaced["created_at"] + 60
    chosen = konnect.put(f"{entities(plane, 'services')}/{NOBODY}", {"host": "three"}).body
    assert chosen["id"] == NOBODY
    taken = konnect.post(entities(plane, "services"), {"id": NOBODY, "host": "four"})
    assert fields_at_fault(taken.body) == ["id"]


def test_a_delete_is_a_204_even_of_what_was_never_there(konnect: Konnect, plane: str) -> None:
    path = f"{entities(plane, 'services')}/svc"
    assert konnect.delete(path).status == 204
    konnect.put(path, {"host": "h"})
    assert konnect.delete(path).status == 204
    assert konnect.get(path).status == 404


def test_a_service_cannot_go_before_its_routes(konnect: Konnect, plane: str) -> None:
    make(konnect, plane, "services", name="svc", host="h")
    make(konnect, plane, "services/svc/routes", name="r", paths=["/a"])
    make(konnect, plane, "routes/r/plugins", name="cors")
    path = f"{entities(plane, 'services')}/svc"
    assert konnect.delete(path).status == 400
    assert konnect.delete(f"{entities(plane, 'routes')}/r").status == 204
    assert konnect.get(entities(plane, "plugins")).body["data"] == []
    assert konnect.delete(path).status == 204


def test_a_consumer_takes_along_its_credentials_and_memberships(
    konnect: Konnect, plane: str
) -> None:
    make(konnect, plane, "consumers", username="ann")
    make(konnect, plane, "consumer_groups", name="gold")
    make(konnect, plane, "consumers/ann/key-auth", key="secret")
    make(konnect, plane, "consumers/ann/basic-auth", username="ann", password="x")
    make(konnect, plane, "consumers/ann/jwt")
    make(konnect, plane, "consumers/ann/hmac-auth", username="ann")
    make(konnect, plane, "consumers/ann/acls", group="admins")
    make(konnect, plane, "consumers/ann/consumer_groups", group="gold")
    authority = make(konnect, plane, "ca_certificates", cert=PEM)
    make(
        konnect,
        plane,
        "consumers/ann/mtls-auth",
        subject_name="ann",
        ca_certificate={"id": authority["id"]},
    )
    flat = ("key-auths", "basic-auths", "jwts", "hmac-auths", "acls", "mtls-auths")
    for collection in flat:
        (credential,) = konnect.get(entities(plane, collection)).body["data"]
        assert konnect.read(f"{entities(plane, collection)}/{credential['id']}") == credential
        assert konnect.post(entities(plane, collection), {}).status == 404
    assert konnect.delete(f"{entities(plane, 'consumers')}/ann").status == 204
    for collection in (*flat, "consumer_groups/gold/consumers"):
        assert konnect.get(entities(plane, collection)).body["data"] == []


def test_a_password_is_returned_as_a_hash_that_differs_between_consumers(
    konnect: Konnect, plane: str
) -> None:
    hashes = set()
    for name in ("ann", "ben"):
        make(konnect, plane, "consumers", username=name)
        made = make(konnect, plane, f"consumers/{name}/basic-auth", username=name, password="x")
        path = f"{entities(plane, 'consumers')}/{name}/basic-auth/{made['id']}"
        assert konnect.read(path) == made
        assert konnect.put(path, {"username": name, "password": "x"}).body == made
        hashes.add(made["password"])
    assert len(hashes) == 2
    assert all(len(digest) == 40 for digest in hashes)


def test_consumers_join_and_leave_groups_from_either_side(konnect: Konnect, plane: str) -> None:
    ann, ben = (make(konnect, plane, "consumers", username=name) for name in ("ann", "ben"))
    gold = make(konnect, plane, "consumer_groups", name="gold")
    assert make(konnect, plane, "consumer_groups/gold/consumers", consumer=ann["id"]) == {
        "consumer_group": gold,
        "consumers": [ann],
    }
    joined = make(konnect, plane, "consumers/ben/consumer_groups", group=gold["id"])
    assert joined == {"consumer": ben, "consumer_groups": [gold]}
    again = konnect.post(entities(plane, "consumers/ben/consumer_groups"), {"group": "gold"})
    assert again.status == 400
    wrapped = konnect.get(f"{entities(plane, 'consumer_groups')}/gold", list_consumers="true").body
    assert wrapped == {"consumer_group": gold, "consumers": [ann, ben]}
    assert (
        konnect.delete(entities(plane, f"consumer_groups/gold/consumers/{ann['id']}")).status == 204
    )
    members = entities(plane, "consumer_groups/gold/consumers")
    assert konnect.get(members).body["data"] == [ben]
    assert konnect.delete(entities(plane, "consumers/ben/consumer_groups")).status == 204
    assert konnect.get(members).body["data"] == []
    assert konnect.post(members, {"consumer": "nobody"}).status == 404


def test_entities_are_paged_by_size_and_offset(konnect: Konnect, plane: str) -> None:
    names = [f"c{n}" for n in range(5)]
    for name in names:
        make(konnect, plane, "consumers", username=name)
    seen: list[str] = []
    offset: str | None = ""
    while offset is not None:
        page = konnect.get(entities(plane, "consumers"), size="2", offset=offset).body
        seen += [consumer["username"] for consumer in page["data"]]
        assert ("next" in page) is ("offset" in page)
        offset = page.get("offset")
    assert seen == names
    for size in ("0", "1001", "x"):
        assert konnect.get(entities(plane, "consumers"), size=size).status == 400
    assert konnect.get(entities(plane, "consumers"), offset="?").status == 400


def test_entities_are_filtered_by_name_and_tags(konnect: Konnect, plane: str) -> None:
    for name, tags in (("one", ["a", "b"]), ("two", ["b"]), ("three", [])):
        make(konnect, plane, "services", name=name, host="h", tags=tags)
    make(konnect, plane, "consumers", username="ann", custom_id="1")

    def listed(collection: str, **params: str) -> list[str]:
        data = konnect.get(entities(plane, collection), **params).body["data"]
        return [item.get("name") or item["username"] for item in data]

    assert listed("services", **{"filter[name][eq]": "one"}) == ["one"]
    assert listed("services", **{"filter[name][contains]": "o"}) == ["one", "two"]
    assert listed("services", tags="a,b") == ["one"]
    assert listed("services", tags="a/b") == ["one", "two"]
    assert listed("consumers", **{"filter[name][eq]": "ann"}) == ["ann"]
    assert listed("consumers", custom_id="1") == ["ann"]
    assert listed("consumers", custom_id="2") == []
    bad = konnect.get(entities(plane, "services"), **{"filter[host][eq]": "h"})
    assert bad.status == 400


def test_targets_hang_on_their_upstream(konnect: Konnect, plane: str) -> None:
    make(konnect, plane, "upstreams", name="api.internal")
    target = make(konnect, plane, "upstreams/api.internal/targets", target="10.0.0.1")
    assert (target["target"], target["weight"]) == ("10.0.0.1:8000", 100)
    assert konnect.get(entities(plane, "targets")).body["data"] == [target]
    konnect.delete(f"{entities(plane, 'upstreams')}/api.internal")
    assert konnect.get(entities(plane, "targets")).body["data"] == []


def test_health_checks_are_completed_with_konnects_defaults(konnect: Konnect, plane: str) -> None:
    sent = {"active": {"healthy": {"interval": 0.5}, "headers": {"x-probe": ["a"]}}}
    upstream = make(konnect, plane, "upstreams", name="api.internal", healthchecks=sent)
    active, passive = (upstream["healthchecks"][kind] for kind in ("active", "passive"))
    assert active["healthy"] == {"http_statuses": [200, 302], "interval": 0.5, "successes": 0}
    assert (active["headers"], active["http_path"]) == ({"x-probe": ["a"]}, "/")
    assert passive["unhealthy"]["http_statuses"] == [429, 500, 503]
    for wrong in ({"active": {"interval": 1}}, {"passive": {"healthy": {"successes": 256}}}):
        answer = konnect.post(entities(plane, "upstreams"), {"name": "x", "healthchecks": wrong})
        assert answer.status == 400


def test_a_key_that_is_not_sent_is_made_up_with_every_write(konnect: Konnect, plane: str) -> None:
    make(konnect, plane, "consumers", username="ann")
    for collection, name in (("key-auth", "key"), ("jwt", "secret")):
        made = make(konnect, plane, f"consumers/ann/{collection}")
        path = entities(plane, f"consumers/ann/{collection}/{made['id']}")
        assert konnect.put(path, {}).body[name] != made[name]
        assert konnect.put(path, {name: made[name]}).body[name] == made[name]


def test_an_sni_goes_with_its_certificate(konnect: Konnect, plane: str) -> None:
    certificate = make(konnect, plane, "certificates", cert=PEM, key=KEY)
    path = f"certificates/{certificate['id']}/snis"
    sni = make(konnect, plane, path, name="api.example.com")
    assert sni["certificate"] == {"id": certificate["id"]}
    konnect.delete(f"{entities(plane, 'certificates')}/{certificate['id']}")
    assert konnect.get(entities(plane, "snis")).body["data"] == []


def test_a_certificate_in_use_stays(konnect: Konnect, plane: str) -> None:
    certificate = make(konnect, plane, "certificates", cert=PEM, key=KEY)
    client = {"id": certificate["id"]}
    make(konnect, plane, "services", host="h", client_certificate=client)
    path = f"{entities(plane, 'certificates')}/{certificate['id']}"
    assert konnect.delete(path).status == 400


def test_an_entity_under_one_parent_is_not_under_another(konnect: Konnect, plane: str) -> None:
    for name in ("one", "two"):
        make(konnect, plane, "services", name=name, host="h")
    route = make(konnect, plane, "services/one/routes", name="r", paths=["/a"])
    assert konnect.get(entities(plane, f"services/two/routes/{route['id']}")).status == 404
    assert konnect.get(entities(plane, "services/nobody/routes")).status == 404
    assert konnect.get(entities(plane, "services/one/consumers")).status == 404
    replaced = konnect.put(
        entities(plane, f"services/one/routes/{route['id']}"), {"name": "r", "paths": ["/b"]}
    )
    assert replaced.body["paths"] == ["/b"]
    assert konnect.delete(entities(plane, f"services/one/routes/{route['id']}")).status == 204


def test_entities_of_an_unknown_control_plane_are_a_404(konnect: Konnect) -> None:
    assert konnect.get(entities(NOBODY, "services")).status == 404
    assert konnect.post(entities(NOBODY, "services"), {"host": "h"}).status == 404
    assert konnect.get(entities("prod", "services")).status == 400


def test_a_data_plane_certificate_comes_in_the_oldest_envelope(
    konnect: Konnect, plane: str
) -> None:
    path = f"{PLANES}/{plane}/dp-client-certificates"
    created = konnect.post(path, {"cert": PEM, "title": "dp"})
    item = created.body["item"]
    assert konnect.get(path).body == {"items": [item], "page": {"total_count": 1}}
    assert konnect.put(f"{path}/{item['id']}", {"cert": PEM}).status == 200
    assert konnect.get(f"{path}/{item['id']}").body["item"]["cert"] == PEM
    assert konnect.post(path, {"cert": "x"}).body == {
        "message": "cert: cert invalid PEM-encoded value"
    }
    assert konnect.delete(f"{path}/{item['id']}").status == 204
    assert konnect.delete(f"{path}/{item['id']}").body == {"message": "Not Found"}


def test_a_secret_can_be_written_and_never_read(konnect: Konnect, plane: str) -> None:
    stores = f"{PLANES}/{plane}/config-stores"
    store = konnect.post(stores, {"name": "secrets"}).body
    secrets = f"{stores}/{store['id']}/secrets"
    assert konnect.post(secrets, {"key": "k", "value": "v"}).status == 201
    assert konnect.put(f"{secrets}/k", {"value": "w"}).status == 200
    read = konnect.get(f"{secrets}/k").body
    assert (read["key"], "value" in read) == ("k", False)
    assert konnect.get(secrets).body["data"] == [read]
    assert konnect.get(stores).body["data"] == [store]
    assert konnect.put(f"{stores}/{store['id']}", {"name": "renamed"}).body["name"] == "renamed"
    refused = konnect.delete(f"{stores}/{store['id']}")
    (parameter,) = refused.body["invalid_parameters"]
    assert (refused.status, parameter["field"], parameter["rule"]) == (400, "force", "required")
    assert parameter["reason"].startswith("This Config Store has 1 secrets.")
    assert konnect.delete(f"{stores}/{store['id']}", force="true").status == 204
    assert konnect.get(stores).body["data"] == []


def test_the_key_of_a_secret_may_hold_a_slash(konnect: Konnect, plane: str) -> None:
    stores = f"{PLANES}/{plane}/config-stores"
    secrets = f"{stores}/{konnect.post(stores, {'name': 's'}).body['id']}/secrets"
    assert konnect.post(secrets, {"key": "redis/password", "value": "v"}).status == 201
    assert konnect.put(f"{secrets}/redis%2Fpassword", {"value": "w"}).status == 200
    assert konnect.get(f"{secrets}/redis%2Fpassword").body["key"] == "redis/password"
    assert konnect.delete(f"{secrets}/redis%2Fpassword").status == 204


def test_a_config_store_needs_no_name_and_shares_the_one_it_has_with_no_other(
    konnect: Konnect, plane: str
) -> None:
    stores = f"{PLANES}/{plane}/config-stores"
    for _ in range(2):
        created = konnect.post(stores, {})
        assert (created.status, "name" in created.body) == (201, False)
    assert konnect.post(stores, {"name": None}).status == 400
    assert konnect.put(f"{stores}/{created.body['id']}", {"name": "secrets"}).status == 200
    assert konnect.post(stores, {"name": "secrets"}).status == 409


def test_the_expected_hash_changes_with_the_entities(konnect: Konnect, plane: str) -> None:
    path = f"{PLANES}/{plane}/expected-config-hash"
    before = konnect.read(path)
    make(konnect, plane, "services", host="h")
    assert konnect.read(path)["expected_hash"] != before["expected_hash"]


def test_the_algorithm_of_a_jwt_is_one_that_kong_knows(konnect: Konnect, plane: str) -> None:
    make(konnect, plane, "consumers", username="anna")
    path = entities(plane, "consumers/anna/jwt")
    assert konnect.post(path, {"algorithm": "Ed25519"}).status == 201
    answer = konnect.post(path, {"algorithm": "none"})
    assert (answer.status, fields_at_fault(answer.body)) == (400, ["algorithm"])


def test_timestamps_that_are_sent_are_whole_seconds(konnect: Konnect, plane: str) -> None:
    answer = konnect.post(entities(plane, "consumer_groups"), {"name": "a", "created_at": 1.5})
    assert (answer.status, fields_at_fault(answer.body)) == (400, ["created_at"])
    make(konnect, plane, "upstreams", name="up")
    fields = {"target": "a.example:1", "created_at": 1.5}
    assert konnect.post(entities(plane, "upstreams/up/targets"), fields).status == 201


@pytest.mark.parametrize("parent", ["gold", {"id": 5}, [], {}])
def test_a_parent_in_the_body_must_be_a_reference(
    konnect: Konnect, plane: str, parent: Any
) -> None:
    make(konnect, plane, "consumers", username="anna")
    body = {"group": "gold", "consumer": parent}
    assert konnect.post(entities(plane, "consumers/anna/acls"), body).status == 400


@pytest.mark.parametrize(
    ("managed_by", "status"),
    [
        ({"tool": "pulumi"}, 201),
        ({"tool": "a b"}, 400),
        ({"tool": ""}, 400),
        ({"tool": "x" * 64}, 400),
        ({"-": "pulumi"}, 400),
        ({"k" * 64: "pulumi"}, 400),
        ({str(number): "pulumi" for number in range(6)}, 400),
        ("pulumi", 400),
    ],
)
def test_what_manages_a_certificate_is_checked_and_never_shown(
    konnect: Konnect, plane: str, managed_by: Any, status: int
) -> None:
    body = {"cert": PEM, "key": KEY, "description": "edge", "managed_by": managed_by}
    answer = konnect.post(entities(plane, "certificates"), body)
    assert answer.status == status
    if status == 201:
        assert not {"description", "managed_by"} & answer.body.keys()


def test_a_certificate_may_be_a_secret_of_a_vault(konnect: Konnect, plane: str) -> None:
    certificate = make(konnect, plane, "certificates", vault="{vault://aws/edge}")
    assert certificate["cert"] == "{vault://aws/edge/cert}"
    assert certificate["key"] == "{vault://aws/edge/key}"
    answer = konnect.post(entities(plane, "certificates"), {"vault": "edge"})
    assert answer.status == 400


def test_the_33rd_client_certificate_of_a_control_plane_is_refused(
    konnect: Konnect, plane: str
) -> None:
    path = f"{PLANES}/{plane}/dp-client-certificates"
    for _ in range(32):
        assert konnect.post(path, {"cert": PEM}).status == 201
    answer = konnect.post(path, {"cert": PEM})
    assert answer.status == 400
    assert "at most 32" in answer.body["message"]
    first = konnect.get(path).body["items"][0]["id"]
    assert konnect.put(f"{path}/{first}", {"cert": PEM}).status == 200


@pytest.mark.parametrize(
    ("config", "status"), [({}, 400), ({"config_store_id": NOBODY}, 400), (None, 201)]
)
def test_a_vault_of_konnect_needs_a_config_store_of_its_control_plane(
    konnect: Konnect, plane: str, config: Json | None, status: int
) -> None:
    store = konnect.post(f"{PLANES}/{plane}/config-stores", {"name": "secrets"}).body
    elsewhere = konnect.post(f"{PLANES}/{konnect.plane()}/config-stores", {"name": "b"}).body
    path = entities(plane, "vaults")
    own = config if config is not None else {"config_store_id": store["id"]}
    answer = konnect.post(path, {"name": "konnect", "prefix": "own", "config": own})
    assert answer.status == status, answer.body
    other = {"config_store_id": elsewhere["id"]}
    answer = konnect.post(path, {"name": "konnect", "prefix": "other", "config": other})
    assert (answer.status, fields_at_fault(answer.body)) == (400, ["config.config_store_id"])


def test_a_flag_of_a_query_is_true_or_false(konnect: Konnect, plane: str) -> None:
    group = make(konnect, plane, "consumer_groups", name="gold")
    path = f"{entities(plane, 'consumer_groups')}/{group['id']}"
    assert konnect.get(path, list_consumers="true").body["consumers"] == []
    assert konnect.get(path, list_consumers="5").status == 400
