"""Whose an object is: other organisations and geos are refused, what others made is not taken."""

from __future__ import annotations

import pytest
from pulumi.dynamic import Config, ConfigureRequest

from providers.base.errors import ScopeError, TakenError
from providers.konnect.ownership import LABEL, Owner, owner_of_tags, without_marks
from tests.providers.konnect.cases import CASES
from tests.providers.konnect.example import OWNER, Props
from tests.providers.konnect.harness import Engine
from tests.providers.konnect.local_konnect import LocalKonnect
from tests.providers.konnect.scripted import TOKEN

NAMESAKE = Owner(OWNER.project, OWNER.stack, "99999999")
"""A stack of the same project and name, on another backend."""

TAKEN_OVER = sorted(CASES.keys() - {"SystemAccountAccessToken"})
"""The create of a token refuses one that is there, whoever made it: it is told only once."""


@pytest.fixture(params=CASES)
def engine(request: pytest.FixtureRequest, konnect: LocalKonnect) -> Engine:
    """Each resource in turn, with what it needs in place and no request counted yet."""
    case = CASES[request.param](konnect)
    konnect.requests.clear()
    return Engine(konnect, case)


@pytest.fixture
def plane(konnect: LocalKonnect) -> Engine:
    return Engine(konnect, CASES["GatewayControlPlane"](konnect))


@pytest.fixture
def service(konnect: LocalKonnect) -> Engine:
    return Engine(konnect, CASES["GatewayService"](konnect))


def use(engine: Engine, token: str = TOKEN, geo: str = "us") -> None:
    settings = {"konnect:token": token, "konnect:server_url": engine.konnect.url}
    request = ConfigureRequest(Config({**settings, "konnect:geo": geo}, "orders"))
    engine.provider.configure(request)


def test_state_records_the_organisation_and_the_geo_of_every_object(engine: Engine) -> None:
    _, outputs = engine.create()
    organization = engine.konnect.organization()
    assert outputs["organization_id"] == organization["id"]
    assert outputs["organization_name"] == organization["name"]
    assert outputs["geo"] == "us"


@pytest.mark.parametrize("place", ["another organisation", "another geo"])
def test_with_a_token_of_another_place_nothing_is_read_changed_or_deleted(
    engine: Engine, place: str
) -> None:
    id_, outputs = engine.create()
    engine.settle()
    if place == "another organisation":
        token = engine.konnect.another_token()
        use(engine, token=token)
        named = [engine.konnect.organization(t)["id"] for t in (TOKEN, token)]
    else:
        use(engine, geo="eu")
        named = ["geo us", "geo eu"]
    engine.konnect.requests.clear()
    before = engine.ours
    news = engine.check(engine.case.changed)
    for call in (
        lambda: engine.provider.diff(id_, outputs, news),
        lambda: engine.provider.read(id_, outputs),
        lambda: engine.provider.update(id_, outputs, news),
        lambda: engine.provider.delete(id_, outputs),
    ):
        with pytest.raises(ScopeError, match="Nothing was read, changed or deleted") as error:
            call()
        assert all(name in str(error.value) for name in named)
    assert {item.path for item in engine.konnect.requests} <= {"/v3/organizations/me"}
    assert engine.ours == before


def test_an_organisation_that_got_another_name_is_the_same(plane: Engine) -> None:
    id_, outputs = plane.create()
    read = plane.provider.read(id_, {**outputs, "organization_name": "Before"})
    assert read.id == id_
    assert read.outs["organization_name"] == outputs["organization_name"]


@pytest.mark.parametrize("engine", TAKEN_OVER, indirect=True)
def test_what_another_made_is_left_as_it_is_and_the_way_to_take_it_over_is_named(
    engine: Engine,
) -> None:
    id_, _ = engine.create()
    engine.settle()
    before = engine.ours
    engine.konnect.requests.clear()
    theirs = {**engine.case.changed, "created_by": str(NAMESAKE)}
    with pytest.raises(TakenError) as error:
        engine.provider.create(engine.check({**theirs, **same_key(engine)}))
    assert f"exists already ({id_})" in str(error.value)
    assert f"write adopt_existing_id {id_!r}" in str(error.value)
    assert engine.konnect.writes == []
    assert engine.ours == before


def same_key(engine: Engine) -> Props:
    """The inputs by which the object is found."""
    return {
        n: engine.case.inputs[n] for n in engine.provider.natural_key if n in engine.case.inputs
    }


def test_without_a_provider_object_nothing_that_exists_is_gone_on_with(plane: Engine) -> None:
    plane.create()
    with pytest.raises(TakenError):
        plane.provider.create(plane.check({**plane.case.inputs, "created_by": None}))


def test_an_attachment_in_the_network_of_another_is_ours_by_the_mark_in_its_name(
    konnect: LocalKonnect,
) -> None:
    case = CASES["CloudGatewayTransitGateway"](konnect)
    case.inputs["network_id"] = konnect.network("network-of-another")
    attachment = Engine(konnect, case)
    ours = {**case.inputs, "name": f"orders-{OWNER.id}"}
    assert attachment.create(ours) == attachment.create(ours)
    unmarked = {**case.inputs, "cidr_blocks": ["10.112.0.0/16"]}
    attachment.create(unmarked)
    with pytest.raises(TakenError, match="exists already"):
        attachment.create(unmarked)


def test_an_add_on_of_a_control_plane_group_is_of_the_stack_that_created_the_group(
    konnect: LocalKonnect,
) -> None:
    group = konnect.plane("group", cluster_type="CLUSTER_TYPE_CONTROL_PLANE_GROUP")
    owner = {"kind": "control-plane-group", "control_plane_group_id": group}
    case = CASES["CloudGatewayAddon"](konnect)
    case.inputs["owner"] = {**owner, "control_plane_group_geo": "us"}
    cache = Engine(konnect, case)
    assert cache.create() == cache.create()
    with pytest.raises(TakenError, match="exists already"):
        cache.create(created_by=str(NAMESAKE))


def test_a_control_plane_carries_the_mark_as_a_label_that_no_user_sees(plane: Engine) -> None:
    id_, outputs = plane.create()
    (remote,) = plane.ours
    assert remote["labels"] == {"env": "prod", LABEL: OWNER.label}
    assert outputs["labels"] == {"env": "prod"}
    changed = plane.update(id_, outputs, plane.case.changed)
    (remote,) = plane.ours
    assert remote["labels"] == {"env": "dev", LABEL: OWNER.label}
    assert plane.diff(changed, plane.case.changed).changes is False
    read = plane.provider.read(id_, changed)
    assert read.inputs["labels"] == {"env": "dev"}


def test_a_core_entity_carries_the_mark_as_a_tag_that_no_user_sees(service: Engine) -> None:
    id_, outputs = service.create()
    (remote,) = service.ours
    assert sorted(remote["tags"]) == ["a", "b", OWNER.tag]
    assert outputs["tags"] == ["a", "b"]
    service.update(id_, outputs, service.case.changed)
    (remote,) = service.ours
    assert sorted(remote["tags"]) == ["a", "b", OWNER.tag]


def test_a_tag_that_looks_like_a_mark_is_refused(service: Engine) -> None:
    inputs = {**service.case.inputs, "tags": ["pulumi:mine"]}
    (failure,) = service.provider.check({}, inputs).failures
    assert failure.property == "tags"
    assert "pulumi:mine: tags that begin with 'pulumi:' mark the stack" in failure.reason


def test_adopting_is_the_way_to_take_over_what_another_made(plane: Engine) -> None:
    id_, _ = plane.create({**plane.case.inputs, "created_by": str(NAMESAKE)})
    plane.konnect.requests.clear()
    assert plane.create(adopt_existing_id=id_)[0] == id_
    assert plane.konnect.writes == []


def test_adopt_existing_id_after_creation_is_told_to_do_nothing(
    plane: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    _, outputs = plane.create()
    assert plane.diff(outputs, {**plane.case.inputs, "adopt_existing_id": "x"}).changes is False
    assert "adopt_existing_id 'x' does nothing" in capsys.readouterr().err


def test_an_owner_reads_back_from_its_text_and_its_tag() -> None:
    assert Owner.parse(str(OWNER)) == OWNER
    assert owner_of_tags(["a", OWNER.tag]) == OWNER
    assert owner_of_tags(["a", "pulumi:odd"]) is None
    assert owner_of_tags(None) is None
    assert without_marks(["a", OWNER.tag]) == ["a"]


def test_a_long_label_is_cut_and_keeps_the_id() -> None:
    label = Owner("p" * 80, "prod", "1f2e3d4c").label
    assert len(label) == 63
    assert label.endswith(".1f2e3d4c")


def test_two_provider_objects_have_two_ids_and_one_always_the_same() -> None:
    first = Owner.of("orders", "prod", "04da6b54-80e4-46f7-96ec-b56ff0331ba9")
    assert first == Owner.of("orders", "prod", "04da6b54-80e4-46f7-96ec-b56ff0331ba9")
    assert first.id != Owner.of("orders", "prod", "14da6b54-80e4-46f7-96ec-b56ff0331ba9").id
