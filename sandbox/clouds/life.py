"""The life of a simulated object: create, update, read, delete, and what comes with time.

These functions are the same for every type of every cloud. They run inside a transaction.
"""

from __future__ import annotations

from sandbox.clouds.declare import Call, ResourceType
from sandbox.clouds.wire import Values
from sandbox.clouds.world import PENDING, World
from sandbox.store import Found


class Drift(Exception):
    """A declaration and its functions disagree. This is a defect of the sandbox."""


def type_of(call: Call) -> ResourceType:
    """The type of the object that ``call`` is about."""
    return call.world.cloud.types[call.token]


def create(call: Call, *, instant: bool) -> Found:
    """Create an object from the checked inputs. Raises CloudError; then nothing is stored.

    ``instant`` leaves out the time that the object takes.
    """
    type_ = type_of(call)
    call.world.resolve(call)
    for rule in type_.rules:
        rule(call)
    call.id = type_.id(call)
    if call.world.find(type_, call.id) is not None:
        raise call.error(type_.taken, **{**call.values, "id": call.id})
    outputs = type_.made(call, call.id)
    _refuse_drift(type_, {*outputs, *type_.ready})
    body = type_.body(call.values, outputs)
    due = None
    if type_.seconds and not instant:
        body[PENDING] = dict(type_.ready)
        due = body["_due"] = call.store.clock.now() + type_.seconds
    else:
        body |= type_.ready
    found = call.world.put(type_, call.id, body, due=due)
    call.stored = body
    type_.created(call)
    return call.world.find(type_, call.id) or found


def _refuse_drift(type_: ResourceType, made: set[str]) -> None:
    """Raise Drift when a new object has other outputs than its type declares.

    It may have inputs that the cloud fills in, wholly or in part, or returns in another spelling.
    """
    visible = {name for name in made if not name.startswith("_")}
    rewritten = {
        name
        for name, spec in type_.inputs.items()
        if spec.computed or spec.same or any(member.computed for member in spec.members.values())
    }
    missing, unknown = set(type_.outputs) - visible, visible - set(type_.outputs) - rewritten
    if missing or unknown:
        said = f"has no {sorted(missing)}" if missing else f"does not declare {sorted(unknown)}"
        raise Drift(f"{type_.token} {said}")


def update(call: Call, found: Found) -> Found:
    """Update an object in place. Raises CloudError."""
    type_ = type_of(call)
    call.verb, call.id, call.stored = "update", found.id, found.body
    if PENDING in found.body:
        raise call.error(type_.pending, id=found.id)
    call.world.resolve(call)
    for rule in type_.rules:
        rule(call)
    body = merged(type_, found.body, call.values, type_.changed(call))
    return call.world.put(type_, found.id, body)


def read(call: Call, found: Found) -> Values | None:
    """The current body of an object; None when it is gone."""
    call.id, call.stored = found.id, found.body
    body = type_of(call).read(call)
    return None if body is None else shown(body)


def delete(call: Call, found: Found) -> None:
    """Delete an object and what goes with it. Raises CloudError when it is in use."""
    type_ = type_of(call)
    call.verb, call.id, call.stored = "delete", found.id, found.body
    going = call.world.doomed(call, found)
    type_.deleted(call)
    for one in reversed(going):
        call.world.remove(one)


def merged(type_: ResourceType, old: Values, inputs: Values, outputs: Values) -> Values:
    """The body after an update. Values of the cloud stay; omitted inputs are deleted."""
    dropped = {
        f"_{name}" if spec.path else name
        for name, spec in type_.inputs.items()
        if not spec.computed and name not in inputs
    }
    kept = {key: value for key, value in old.items() if key not in dropped}
    return {**kept, **type_.body(inputs, outputs)}


def shown(body: Values) -> Values:
    """A body without what only the sandbox uses."""
    return {key: value for key, value in body.items() if not key.startswith("_")}


def step(world: World, kind: str, id_: str, at: float) -> None:
    """Make an object ready that was due at ``at``."""
    del at
    type_ = world.cloud.types[kind]
    found = world.find(type_, id_)
    if found is None:
        raise KeyError(f"{kind} {id_} is not stored")
    body = {key: value for key, value in found.body.items() if key not in (PENDING, "_due")}
    world.put(type_, id_, {**body, **found.body.get(PENDING, {})})
