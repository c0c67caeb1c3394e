"""What a live transit fabric cannot change, recorded so that a preview refuses to change it.

A Transit Gateway, a Cloud Router and a tunnel take their number when they are created. Another
number would replace them, and the fabric would be down meanwhile. No cloud has all numbers of a
fabric, and the recorded address plan is a file that a person can edit. So state holds what is live,
and each preview compares the numbers of the program with it. The same goes for the region and the
block of a spoke: another one would delete its network, with all that is in it. And it goes for what
transit gateways of Aviatrix cannot change: their network, their access account and FireNet.

A virtual hub in Azure has route tables of segments or routing intent, and not both. An update
creates before it deletes, so it cannot change one for the other. State holds which one is live.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import pulumi
from pulumi import dynamic

from providers.base import model
from providers.base.crud import CrudProvider
from providers.base.errors import ProviderError
from providers.base.http import HttpClient
from providers.base.model import Inputs, Props, SetOf
from providers.base.resource import RemoteResource

_ID: Final = "fabric"
_WAY_OUT: Final = (
    "restore it in the recorded address plan (stacks/<stack>.addresses.yaml). For a change, delete "
    "fabric: from the stack file and run `pulumi up`, release the numbers with RELEASE=fabric "
    "(docs/addresses.md), and declare the fabric again: it does not connect anything in the "
    "meantime"
)

_OPEN_FIRST: Final = (
    "A hub has one or the other, and an update deletes last. First write kind: none and gateways: "
    "true in {segments}, and run `pulumi up`: gateways reach the ports of these spokes until the "
    "second update. Then write what you want"
)
"""The way from route tables of segments to routing intent, or back."""

_OTHER_NETWORK: Final = (
    "another region or block is another network. Write it back; or delete the spoke from "
    "fabric.spokes, run `pulumi up`, and declare it again"
)

_OTHER_TRANSIT: Final = (
    "it would replace the transit gateways there, and cut their regions off meanwhile. Write it "
    "back in fabric.aviatrix. For a change, delete fabric: from the stack file, run `pulumi up`, "
    "and declare it again: it does not connect anything in the meantime"
)

_FIRENET_STAYS: Final = (
    "in AWS the gateways keep it, and would get a size that is too small for it; in Azure they "
    "would be replaced. Write firenet: true under fabric.aviatrix"
)


_FIXED: Final = (
    ("cores", "core", _WAY_OUT),
    ("asns", "ASN", _WAY_OUT),
    ("tunnels", "tunnel blocks", _WAY_OUT),
    ("networks", "transit network", _OTHER_TRANSIT),
    ("accounts", "access account", _OTHER_TRANSIT),
)
"""The inputs whose values never change, each with its noun and the way out."""


class FabricRecordInputs(Inputs):
    """The driver, each number by its owner, the spokes that are created, and what hubs are made of.

    Records of older releases lack the inputs that have a default here.
    """

    driver: str
    cores: dict[str, str]
    asns: dict[str, int]
    tunnels: dict[str, list[str]]
    spokes: dict[str, str]
    segment_tables: dict[str, list[str]] = {}
    routing_intents: list[str] = []
    networks: dict[str, str] = {}
    accounts: dict[str, str] = {}
    firenet: SetOf[str] = []


class FabricRecordProvider(CrudProvider[FabricRecordInputs, HttpClient]):
    """CRUD of the record. Nothing is sent anywhere, so it needs no credentials."""

    Inputs = FabricRecordInputs
    noun = "record of a fabric"
    natural_key = ()
    outputs = ()
    service = "state"
    vendor = "multicloudgateway"

    def forbidden_changes(self, olds: Props, news: Props) -> Iterator[tuple[str, str]]:
        """Each number, network and spoke that would change. An owner may come or go."""
        if olds.get("driver") != news["driver"]:
            was = olds.get("driver")
            yield "driver", _refusal("driver", "the fabric", was, news["driver"], _WAY_OUT)
        for name, noun, way_out in _FIXED:
            before: Mapping[str, Any] = olds.get(name) or {}
            for owner, value in sorted(news[name].items()):
                if owner in before and before[owner] != value:
                    yield name, _refusal(noun, owner, before[owner], value, way_out)
        for hub in olds.get("firenet") or []:
            if hub in news["networks"] and hub not in news["firenet"]:
                yield "firenet", f"FireNet of {hub} is live and cannot go: {_FIRENET_STAYS}"
        spokes: Mapping[str, str] = olds.get("spokes") or {}
        for spoke, network in sorted(news["spokes"].items()):
            if spokes.get(spoke, network) != network:
                was = f"the network of spoke {spoke} is live as {spokes[spoke]}"
                yield "spokes", f"{was} and cannot become {network}: {_OTHER_NETWORK}"
        yield from _routing_changes(olds, news)

    def create(self, props: Props) -> dynamic.CreateResult:
        with self._short_errors(props):
            return dynamic.CreateResult(_ID, model.dump(self._parse(props)))

    def read(self, id_: str, props: Props) -> dynamic.ReadResult:
        """Return what state holds. Raises ProviderError for an import: there is nothing to read."""
        with self._short_errors(props):
            inputs = {name: props[name] for name in self.Inputs.model_fields if name in props}
            if "driver" not in inputs:
                raise ProviderError(
                    f"record of a fabric {id_} cannot be imported: only the state of its stack "
                    "holds it. Create a new one"
                )
            return dynamic.ReadResult(id_, inputs, inputs)

    def update(self, _id: str, _olds: Props, _news: Props) -> dynamic.UpdateResult:
        with self._short_errors(_olds):
            return dynamic.UpdateResult(model.dump(self._parse(_news)))

    def delete(self, _id: str, _props: Props) -> None:
        """Nothing to delete: only state has the record."""


def _refusal(noun: str, owner: str, old: object, new: object, way_out: str) -> str:
    verb = "are" if isinstance(new, list) else "is"
    was, becomes = _text(old), _text(new)
    return f"the {noun} of {owner} {verb} live as {was} and cannot become {becomes}: {way_out}"


def _routing_changes(olds: Props, news: Props) -> Iterator[tuple[str, str]]:
    """Each virtual hub whose tables would give way to routing intent, or the other way round.

    A state that an older release wrote has neither.
    """
    tables: Mapping[str, Sequence[str]] = olds.get("segment_tables") or {}
    for hub in sorted(tables.keys() & set(news["routing_intents"])):
        segments = ", ".join(tables[hub])
        wrong = (
            f"virtual hub {hub} has route tables of {segments} and cannot get routing intent, "
            "which fabric.inspection asks for"
        )
        yield "routing_intents", f"{wrong}. {_OPEN_FIRST.format(segments=segments)}"
    intents = set(olds.get("routing_intents") or ())
    for hub, names in sorted(news["segment_tables"].items()):
        if hub in intents:
            segments = ", ".join(names)
            wrong = (
                f"virtual hub {hub} has routing intent and cannot get route tables of {segments}, "
                "which gateways: false asks for"
            )
            yield "segment_tables", f"{wrong}. {_OPEN_FIRST.format(segments=segments)}"


def _text(value: object) -> str:
    """A number in a message. Numbers come from the engine as floats, and blocks as lists."""
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return str(int(value)) if isinstance(value, float) else str(value)


class FabricRecord(RemoteResource[HttpClient], module="multicloudgateway", name="FabricRecord"):
    """What a transit fabric is built with. A preview fails if a program changes a part of it.

    ``driver`` is ``native`` or ``aviatrix``. ``cores`` has the core hub of each cloud, ``asns`` the
    ASN of each router by hub or by the link of a spoke, and ``tunnels`` the inside blocks of each
    link. ``spokes`` has the hub and the block of each network that is created:
    ``aws-us-east-2 10.66.0.0/20``. New owners may be added, and owners may be deleted.

    ``segment_tables`` has the segments with a route table in each virtual hub, by hub, and
    ``routing_intents`` the virtual hubs with routing intent. A hub must have neither in between.

    Of Aviatrix: ``networks`` has the block of each hub's transit network, ``accounts`` the access
    account of each cloud, and ``firenet`` the hubs whose transit gateway has FireNet.
    """

    driver: pulumi.Output[str]
    cores: pulumi.Output[Mapping[str, str]]
    asns: pulumi.Output[Mapping[str, int]]
    tunnels: pulumi.Output[Mapping[str, Sequence[str]]]
    spokes: pulumi.Output[Mapping[str, str]]
    segment_tables: pulumi.Output[Mapping[str, Sequence[str]]]
    routing_intents: pulumi.Output[Sequence[str]]
    networks: pulumi.Output[Mapping[str, str]]
    accounts: pulumi.Output[Mapping[str, str]]
    firenet: pulumi.Output[Sequence[str]]

    def __init__(
        self,
        resource_name: str,
        *,
        driver: str,
        cores: Mapping[str, str],
        asns: Mapping[str, int],
        tunnels: Mapping[str, Sequence[str]],
        spokes: Mapping[str, str],
        segment_tables: Mapping[str, Sequence[str]],
        routing_intents: Sequence[str],
        networks: Mapping[str, str],
        accounts: Mapping[str, str],
        firenet: Sequence[str],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__(FabricRecordProvider(), resource_name, locals(), opts)
