"""Rules that many types share, for declarations that read as a table.

Each function makes a rule from property paths and the cloud's error. A path with a dot goes
through a reference: ``vpcId.cidrBlock`` is the block of the VPC that ``vpcId`` names.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from ipaddress import IPv4Network

from sandbox.clouds.declare import Call, Error, Rule
from sandbox.clouds.wire import Values


def prefix(prop: str, longest: int, shortest: int, error: Error) -> Rule:
    """The block at ``prop`` is a network of at least /``shortest`` and at most /``longest``.

    ``prefix("cidrBlock", 16, 28, …)`` takes a /16 to a /28. The error may have ``{block}``.
    """

    def rule(call: Call) -> None:
        value = call.values.get(prop)
        if value is not None and not longest <= network(call, value, error).prefixlen <= shortest:
            raise call.error(error, block=value, id=call.id)

    return rule


def inside(prop: str, outer: str, error: Error) -> Rule:
    """The block at ``prop`` is inside the block at ``outer``, a path through a reference."""
    reference, _, inner = outer.partition(".")

    def rule(call: Call) -> None:
        value, around = call.values.get(prop), call.target(reference).get(inner)
        if value is None or around is None:
            return
        if not network(call, value, error).subnet_of(IPv4Network(around)):
            raise call.error(error, block=value, outer=around, id=call.id)

    return rule


def apart(prop: str, *, within: str, error: Error) -> Rule:
    """The block at ``prop`` overlaps with no other object that has the same ``within``."""

    def rule(call: Call) -> None:
        value = call.values.get(prop)
        if value is None:
            return
        for other, body in siblings(call, within):
            if prop in body and network(call, value, error).overlaps(IPv4Network(body[prop])):
                raise call.error(error, block=value, id=call.id, by=other, other=body[prop])

    return rule


def unique(*props: str, within: str | None = None, error: Error) -> Rule:
    """No other object, of those with the same ``within``, has the same values of ``props``."""

    def rule(call: Call) -> None:
        inputs = call.world.cloud.types[call.token].inputs
        wanted = {prop: call.values.get(prop) for prop in props}
        if all(value is None for value in wanted.values()):
            return
        for other, body in siblings(call, within):
            if all(inputs[prop].equal(body.get(prop), value) for prop, value in wanted.items()):
                facts = {prop: "" if value is None else value for prop, value in wanted.items()}
                raise call.error(error, id=call.id, by=other, **{**call.values, **facts})

    return rule


def needs(*props: str, error: Error) -> Rule:
    """At least one of ``props`` is given."""

    def rule(call: Call) -> None:
        if not any(call.values.get(prop) is not None for prop in props):
            raise call.error(error, id=call.id)

    return rule


def same(prop: str, path: str, error: Error) -> Rule:
    """The value at ``prop`` is that at ``path``; either may go through a reference.

    The rule holds when both inputs are given, even if an object has no value there.
    """
    given = [at.partition(".")[0] for at in (prop, path)]

    def rule(call: Call) -> None:
        if any(call.values.get(name) is None for name in given):
            return
        if value_at(call, prop) != value_at(call, path):
            raise call.error(error, **{**call.values, "id": call.id})

    return rule


def all_within(path: str, prop: str, error: Error) -> Rule:
    """All objects that ``path`` refers to have the same value of ``prop`` as this one.

    ``all_within("subnetIds", "vpcId", …)``: the subnets are in the VPC. The error may have
    ``{id}`` of one that is not.
    """

    def rule(call: Call) -> None:
        for found in call.found.get(path, ()):
            if found.body.get(prop) != call.values[prop]:
                raise call.error(error, **{**call.values, "id": found.id})

    return rule


def when_new(rule: Rule) -> Rule:
    """The rule, on creates only."""

    def created(call: Call) -> None:
        if call.stored is None:
            rule(call)

    return created


def value_at(call: Call, path: str) -> object:
    """The input at ``path``, or the property of the object that its first part refers to."""
    first, _, rest = path.partition(".")
    return call.target(first).get(rest) if rest else call.values.get(first)


def siblings(call: Call, within: str | None) -> Iterator[tuple[str, Values]]:
    """The other objects of the type that have the same value of ``within``; all without it."""
    type_ = call.world.cloud.types[call.token]
    wanted = {} if within is None else {within: call.values.get(within)}
    for other, body in call.world.where(type_, **wanted):
        if other != call.id:
            yield other, body


def network(call: Call, value: str, error: Error) -> IPv4Network:
    """Parse a block. Raises the error for one that does not begin with its network address."""
    try:
        return IPv4Network(value)
    except ValueError:
        raise call.error(error, block=value, id=call.id) from None


Hook = Callable[[Call], None]


def each(*hooks: Hook) -> Hook:
    """Several functions as one, in this order."""

    def run(call: Call) -> None:
        for hook in hooks:
            hook(call)

    return run
