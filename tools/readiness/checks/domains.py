"""Custom domains: their records, the ACME challenge, their certificate."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

from providers.base.http import Json
from tools.readiness.facts import Facts, state_of
from tools.readiness.names import NamesError
from tools.readiness.resources import Resource
from tools.readiness.verdict import Item, Seen, failed, judged, manual, passed

AUTHORITY: Final = "pki.goog"
"""Google's CA, which issues the certificates of custom domains."""
_RECORDS: Final = (
    "aws:route53/record:Record",
    "azure-native:dns:RecordSet",
    "azure-native:network:RecordSet",
    "gcp:dns/recordSet:RecordSet",
)
_SECTION: Final = "Custom domains"
_ANCHOR: Final = "konnect-configuration"


def _cname(facts: Facts) -> Iterator[Seen]:
    for domain in facts.live.domains:
        name = str(domain["domain"])
        if (domain.get("online_status") or {}).get("cname") == "verified":
            yield passed(name, "leads to Kong's name (online-status: cname verified)")
            continue
        yield _intended(facts, name)


def _intended(facts: Facts, name: str) -> Seen:
    """Whether a name that does not lead to Kong's own leads where the stack wants it."""
    wanted = intended_targets(facts, name)
    try:
        found = {*facts.names.values(name, "CNAME")} or {*facts.names.values(name, "A")}
    except NamesError as error:
        return manual(
            name, str(error), f"resolve {name} and compare it with Konnect's Configure DNS"
        )
    there = ", ".join(sorted(found)) or "nothing"
    if not wanted:
        remedy = "write the CNAME record that Konnect's Configure DNS shows"
        return failed(name, f"leads to {there}, and not to Kong's name", remedy)
    holds = bool(found) and found <= wanted
    value = f"leads to {there}, as the stack has it" if holds else f"leads to {there}"
    remedy = f"write the record as the stack has it: {', '.join(sorted(wanted))}"
    return judged(holds, name, value, remedy)


def intended_targets(facts: Facts, name: str) -> set[str]:
    """Where the stack's own records, and those of the contract, lead a name."""
    targets: set[str] = set()
    for record in facts.resources.of(*_RECORDS):
        if _full_name(record) == name:
            targets |= {str(value).rstrip(".").lower() for value in _values(record)}
    for record_set in (facts.contract.get("records") or {}).values():
        if str(record_set["name"]).rstrip(".") == name:
            targets |= {str(value).rstrip(".").lower() for value in record_set["values"]}
    return targets


def _full_name(record: Resource) -> str:
    if record.type.startswith("azure"):
        return record.text("fqdn").rstrip(".").lower()
    return (record.text("fqdn") or record.text("name")).rstrip(".").lower()


def _values(record: Resource) -> Iterator[Any]:
    props = record.props
    yield from props.get("records") or ()
    yield from props.get("rrdatas") or ()
    for alias in props.get("aliases") or ():
        yield alias.get("name")
    if cname := (props.get("cnameRecord") or {}).get("cname"):
        yield cname
    for address in props.get("aRecords") or ():
        yield address.get("ipv4Address")
    policy = props.get("routingPolicy") or {}
    for kind in ("geos", "wrrs"):
        for item in policy.get(kind) or ():
            yield from item.get("rrdatas") or ()


def _acme(facts: Facts) -> Iterator[Seen]:
    for domain in facts.live.domains:
        name = str(domain["domain"])
        challenge = f"_acme-challenge.{name.removeprefix('*.')}"
        try:
            found = facts.names.values(challenge, "CNAME")
            yield _challenge(challenge, found, intended_targets(facts, challenge), domain)
            yield from _authorities(facts, name)
        except NamesError as error:
            yield manual(
                challenge, str(error), f"resolve {challenge}, and the CAA records of {name}"
            )


def _challenge(challenge: str, found: tuple[str, ...], wanted: set[str], domain: Json) -> Seen:
    target = ", ".join(sorted(wanted)) or "the second name of Konnect's Configure DNS"
    remedy = f"write CNAME {challenge} -> {target}: Konnect renews the certificate through it"
    if not found:
        return failed(challenge, "has no CNAME record", remedy)
    value = f"leads to {', '.join(found)}"
    if wanted:
        return judged({*found} <= wanted, challenge, value, remedy)
    if domain.get("state") == "ready":
        return passed(challenge, f"{value}, and Konnect has issued a certificate")
    return manual(challenge, value, f"compare it with {target}")


def _authorities(facts: Facts, name: str) -> Iterator[Seen]:
    """CAA records, of the name or of its nearest parent that has any.

    For a wildcard ``issuewild`` is before ``issue``. Without either, every authority may issue.
    Source: RFC 8659, sections 3 and 4.
    """
    wildcard = name.startswith("*.")
    labels = name.removeprefix("*.").split(".")
    for index in range(len(labels) - 1):
        owner = ".".join(labels[index:])
        records = facts.names.values(owner, "CAA")
        if not records:
            continue
        tag = "issuewild" if wildcard and _issuers(records, "issuewild") else "issue"
        issuers = _issuers(records, tag)
        if not issuers:
            yield passed(name, f"CAA of {owner} allows every authority")
            return
        yield judged(
            any(one.split(";")[0].strip() == AUTHORITY for one in issuers),
            name,
            f"CAA of {owner} allows {', '.join(issuers)}",
            f'add CAA 0 {tag} "{AUTHORITY}" to {owner}',
        )
        return


def _issuers(records: Iterable[str], tag: str) -> list[str]:
    """The values of the CAA records with a tag; a record is ``0 issue "pki.goog"``."""
    parts = [one.split(None, 2) for one in records]
    return [one[2].strip('"') for one in parts if len(one) == 3 and one[1].lower() == tag]


def _healthy(facts: Facts) -> Iterator[Seen]:
    for domain in facts.live.domains:
        ssl = (domain.get("online_status") or {}).get("ssl")
        yield judged(
            domain.get("state") == "ready" and ssl == "verified",
            str(domain["domain"]),
            f"{state_of(domain)}, certificate {ssl or 'unknown'}",
            "mend its records; then delete and create the domain if it stays so",
        )


ITEMS: Final = (
    Item(
        "domain-cname",
        _SECTION,
        "The CNAME record of each custom domain is correct",
        "Konnect's online-status has cname verified; else the name is resolved and compared with "
        "the records of the stack, such as those that lead to an edge.",
        _cname,
        _ANCHOR,
    ),
    Item(
        "domain-acme",
        _SECTION,
        "The ACME record of each custom domain is correct, and its challenge is reachable",
        f"_acme-challenge of the name is resolved; CAA records must allow {AUTHORITY}.",
        _acme,
        _ANCHOR,
    ),
    Item(
        "domain-healthy",
        _SECTION,
        "Each custom domain is HEALTHY",
        "Konnect's state is ready and its online-status has ssl verified.",
        _healthy,
        _ANCHOR,
    ),
)
