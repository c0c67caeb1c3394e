"""A small API of no vendor, written over the kit as a stranger would write it."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field
from starlette.datastructures import QueryParams
from starlette.responses import JSONResponse, Response

from sandbox.http import admin
from sandbox.http.access import bearer
from sandbox.http.application import Admin, Api, Application, Arguments, Call
from sandbox.http.bodies import Closed, parse
from sandbox.http.paging import cursor, page, start_of
from sandbox.http.problems import Refusal, conflict, not_found
from sandbox.http.queries import whole_number
from sandbox.http.routing import Router
from sandbox.store import Body, Store

TOKEN = "the keeper's"
SANDBOX_TOKEN = "the sandbox's"

router = Router()


class Pet(Closed):
    name: Annotated[str, Field(min_length=2)]
    legs: Annotated[int, Field(ge=0, le=8)] = 4


@router.get("/pets")
def list_pets(store: Store, query: QueryParams) -> Body:
    pets = [body for _, body in store.list("zoo", "pets")]
    shown = page(pets, start_of(query, "from"), whole_number(query, "most", 2))
    more = None if shown.following is None else cursor(shown.following)
    return {"pets": shown.items, "more": more}


@router.post("/pets", status=201)
def create_pet(store: Store, raw: bytes, keeper: str) -> Body:
    pet = parse(Pet, raw)
    if store.get("zoo", "pets", pet.name) is not None:
        raise conflict(f"there is a {pet.name}")
    body = {**pet.model_dump(), "keeper": keeper}
    store.put("zoo", "pets", pet.name, body)
    if pet.name == "tiger":
        raise Refusal(403, "tigers are put in and then refused")
    return body


@router.get("/pets/{name}")
def get_pet(store: Store, name: str) -> Body:
    body = store.get("zoo", "pets", name)
    if body is None:
        raise not_found(f"there is no {name}")
    return body


@router.delete("/pets/{name}")
def delete_pet(store: Store, name: str) -> None:
    if not store.delete("zoo", "pets", name):
        raise not_found(f"there is no {name}")


@router.get("/cages/{place:path}")
def get_cage(place: str) -> Body:
    return {"place": place}


@router.get("/broken")
def get_broken() -> Body:
    raise ZeroDivisionError("a mistake of the API")


def _admit(call: Call) -> Arguments:
    if bearer(call.headers) != TOKEN:
        raise Refusal(401, "who are you?")
    return {"keeper": "Ann"}


def _render(refusal: Refusal, call: Call) -> Response:
    error: dict[str, Any] = {"code": refusal.status, "text": refusal.detail}
    if refusal.parameters:
        error["fields"] = {entry["field"]: entry["rule"] for entry in refusal.parameters}
    return JSONResponse({"error": error}, refusal.status, refusal.headers)


def zoo(store: Store, **options: Any) -> Application:
    """The API, with the admin API of the sandbox beside it."""
    api = Api("zoo", router, _admit, offers={"keeper"}, render=_render, **options)
    return Application(api, store, Admin(admin.router, {SANDBOX_TOKEN}, {admin.HEALTH}))
