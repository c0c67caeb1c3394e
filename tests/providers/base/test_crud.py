"""CRUD of a vendor that defines only what it must: what the base does by itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import pytest
from pydantic import Field

from providers.base.crud import CrudProvider
from providers.base.errors import ConfigurationError, ProviderError, ScopeError, TakenError
from providers.base.model import CREDENTIAL, Inputs

Json = dict[str, Any]


class BoxInputs(Inputs):
    name: str
    size: int = 1
    label: Annotated[str | None, CREDENTIAL] = None
    lids: dict[str, int] = Field(default_factory=dict)


class BoxProvider(CrudProvider[Any, Any]):
    """Boxes on a shelf, which is a dictionary."""

    Inputs = BoxInputs
    noun = "box"
    service = "Acme"
    vendor = "acme"

    def __init__(self) -> None:
        self.shelf: dict[str, Json] = {}

    def client(self) -> Any:
        return self.shelf

    def find(self, client: Any, inputs: BoxInputs) -> Json | None:
        return client.get(inputs.name)

    def post(self, client: Any, inputs: BoxInputs) -> Json:
        client[inputs.name] = {"id": inputs.name, **inputs.body()}
        return client[inputs.name]

    def fetch(self, client: Any, id_: str, props: Json) -> Json:
        return client[id_]

    def change(self, client: Any, id_: str, inputs: BoxInputs, changed: Sequence[str]) -> Json:
        client[id_] |= inputs.body()
        return client[id_]

    def remove(self, client: Any, id_: str, props: Json) -> None:
        del client[id_]


@pytest.fixture
def boxes() -> BoxProvider:
    return BoxProvider()


def test_an_object_is_created_read_updated_and_deleted(boxes: BoxProvider) -> None:
    created = boxes.create({"name": "a", "size": 2.0})
    assert (created.id, created.outs) == ("a", {"name": "a", "size": 2, "lids": {}})
    read = boxes.read("a", created.outs)
    assert (read.id, read.outs, read.inputs) == ("a", created.outs, created.outs)
    updated = boxes.update("a", created.outs, {"name": "a", "size": 3})
    assert updated.outs == {"name": "a", "size": 3, "lids": {}}
    boxes.delete("a", updated.outs)
    assert boxes.shelf == {}


def test_an_output_that_an_older_release_did_not_record_has_its_default(boxes: BoxProvider) -> None:
    assert boxes.diff("a", {"name": "a"}, {"name": "a", "size": 1, "lids": {}}).changes is False
    assert boxes.diff("a", {"name": "a"}, {"name": "a", "size": 2, "lids": {}}).changes is True


def test_an_object_that_exists_is_taken_while_nothing_proves_whose_it_is(
    boxes: BoxProvider,
) -> None:
    boxes.create({"name": "a"})
    with pytest.raises(TakenError, match="box with name 'a' exists already"):
        boxes.create({"name": "a", "size": 2, "lids": {}})
    assert boxes.shelf["a"]["size"] == 1


def test_inputs_that_are_wrong_by_the_time_of_the_create_reach_no_request(
    boxes: BoxProvider,
) -> None:
    """A value may be known only after the check of a preview."""
    with pytest.raises(ConfigurationError, match="box: size: Input should be a valid integer"):
        boxes.create({"name": "a", "size": "many"})
    assert boxes.shelf == {}


def test_an_answer_without_a_documented_field_is_told_as_a_defect_to_report(
    boxes: BoxProvider,
) -> None:
    boxes.shelf["a"] = {"name": "a", "size": 1}
    with pytest.raises(ProviderError) as error:
        boxes.read("a", {"name": "a", "size": 1})
    text = str(error.value)
    assert text.startswith("box: KeyError: 'id'. This is a defect of the provider, or Acme")
    assert text.endswith("Please report it")


class HouseProvider(BoxProvider):
    """Boxes in houses: the credentials belong to one of them."""

    scope_names = ("house",)
    house = "north"

    def scope(self, client: Any) -> Json:
        return {"house": self.house}


def test_an_object_of_another_account_is_named_with_both_accounts() -> None:
    boxes = HouseProvider()
    created = boxes.create({"name": "a"})
    assert created.outs is not None
    assert created.outs["house"] == "north"
    boxes.house = "south"
    with pytest.raises(ScopeError, match=r"box a is in .*north.*credentials are of .*south"):
        boxes.delete("a", created.outs)
    assert "a" in boxes.shelf
