"""Certificate Manager: certificates of Google for names, and the maps that proxies use.

A DNS authorization says which CNAME record proves a name. Google issues a managed certificate when
it finds these records in the public DNS.
Source: the Certificate Manager API v1. Self-managed certificates are not modelled.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from sandbox.clouds.declare import Call, Error
from sandbox.clouds.gcp.cloud import gcp, linked, stamp
from sandbox.clouds.inputs import Failure, block, ref, refs, text, texts
from sandbox.clouds.wire import Values
from sandbox.store import Store

_LOCATION = "locations/global"
_PER_PROJECT = "PER_PROJECT_RECORD"
_INVALID: Error = ("badRequest", "Invalid resource field value in the request. {why}")
_MISSING: Error = ("notFound", "Resource '{id}' was not found", 404)
_USED: Error = ("failedPrecondition", "can't delete '{id}': it is in use by '{by}'")


def _one_name(call: Call) -> None:
    """A rule: an authorization is of one name, which covers its wildcard too."""
    domain = call.values["domain"]
    if "*" in domain or domain.endswith(".") or "." not in domain:
        raise call.error(_INVALID, why=f"'{domain}' is no domain name without a wildcard.")


def _record(call: Call) -> Values:
    """The CNAME record that proves the name to Google."""
    digest = hashlib.sha256(f"{call.tenant}/{call.values['name']}".encode()).hexdigest()
    kind = call.values.get("type", "FIXED_RECORD")
    label = f"_acme-challenge_{digest[:14]}" if kind == _PER_PROJECT else "_acme-challenge"
    return {
        "type": kind,
        "dnsResourceRecords": [
            {
                "name": f"{label}.{call.values['domain']}.",
                "type": "CNAME",
                "data": f"{digest[14:50]}.{int(digest[:2], 16) % 20}.authorize.certificatemanager"
                ".goog.",
            }
        ],
    }


def _of_location(collection: str) -> str:
    return "projects/{project}/" + f"{_LOCATION}/{collection}" + "/{name}"


DNS_AUTHORIZATION = gcp(
    "gcp:certificatemanager/dnsAuthorization:DnsAuthorization",
    {
        "domain": text(required=True, fixed=True),
        "type": text(computed=True, fixed=True, choices=("FIXED_RECORD", _PER_PROJECT)),
        "description": text(),
        "location": text(default="global", fixed=True, choices=("global",)),
    },
    id=_of_location("dnsAuthorizations"),
    labelled=True,
    missing=_MISSING,
    in_use=_USED,
    rules=(_one_name,),
    outputs=("dnsResourceRecords",),
    made=_record,
)


def _complete(values: Values) -> Iterator[Failure]:
    """A check of a preview: only certificates that Google manages are modelled."""
    if "managed" not in values:
        yield "managed", "one of `managed,self_managed` must be specified"


def _authorized(call: Call) -> None:
    """A rule: each name has the authorization of its own, or of the name under its wildcard."""
    proven = {found.body["domain"] for found in call.found.get("managed.dnsAuthorizations", [])}
    for domain in call.values["managed"].get("domains") or []:
        if proven and domain.removeprefix("*.") not in proven:
            raise call.error(_INVALID, why=f"No DNS authorization for the domain '{domain}'.")


def _managed(call: Call) -> Values:
    """The state of the certificate: active when Google finds the record of each name."""
    wanted = [
        record
        for found in call.found.get("managed.dnsAuthorizations", [])
        for record in found.body["dnsResourceRecords"]
    ]
    active = wanted and all(_is_published(call.store, record) for record in wanted)
    managed = {**call.values["managed"], "state": "ACTIVE" if active else "PROVISIONING"}
    return {"managed": managed}


def _is_published(store: Store, record: Values) -> bool:
    from sandbox import public_dns  # It reads the zones of all clouds, so it is loaded after them.

    found = public_dns.values(store, record["name"], "CNAME")
    return found == (record["data"].rstrip("."),)


def _current(call: Call) -> Values | None:
    stored = call.stored or {}
    request = call.world.call(CERTIFICATE, CERTIFICATE.values(stored), call.id, stored)
    call.world.resolve(request)
    return {**stored, **_managed(request)}


CERTIFICATE = gcp(
    "gcp:certificatemanager/certificate:Certificate",
    {
        "managed": block(
            {
                "domains": texts(fixed=True),
                "dnsAuthorizations": refs(
                    DNS_AUTHORIZATION, find=linked(f"{_LOCATION}/dnsAuthorizations")
                ),
                "state": text(computed=True),
            },
            fixed=True,
            computed=True,
        ),
        "description": text(),
        "scope": text(default="DEFAULT", fixed=True, choices=("DEFAULT",)),
        "location": text(default="global", fixed=True, choices=("global",)),
    },
    id=_of_location("certificates"),
    labelled=True,
    missing=_MISSING,
    in_use=_USED,
    checks=(_complete,),
    rules=(_authorized,),
    outputs=("sanDnsnames",),
    made=lambda call: {
        "sanDnsnames": call.values["managed"].get("domains", []),
        **_managed(call),
    },
    read=_current,
)

CERTIFICATE_MAP = gcp(
    "gcp:certificatemanager/certificateMap:CertificateMap",
    {"description": text()},
    id=_of_location("certificateMaps"),
    labelled=True,
    missing=_MISSING,
    in_use=_USED,
    outputs=("createTime", "gclbTargets", "updateTime"),
    made=lambda call: {
        "createTime": stamp(call.store),
        "updateTime": stamp(call.store),
        "gclbTargets": [],
    },
)


def _one_match(values: Values) -> Iterator[Failure]:
    """The provider's own error about an entry for a name and for all others too."""
    if ("hostname" in values) == ("matcher" in values):
        yield "hostname", "exactly one of `hostname,matcher` must be specified"


def _entry_id(call: Call) -> str:
    found = linked(f"{_LOCATION}/certificateMaps")(call, call.values["map"])
    return f"{found}/certificateMapEntries/{call.values['name']}"


CERTIFICATE_MAP_ENTRY = gcp(
    "gcp:certificatemanager/certificateMapEntry:CertificateMapEntry",
    {
        "map": ref(
            CERTIFICATE_MAP,
            find=linked(f"{_LOCATION}/certificateMaps"),
            required=True,
            fixed=True,
        ),
        "certificates": refs(CERTIFICATE, find=linked(f"{_LOCATION}/certificates"), required=True),
        "description": text(),
        "hostname": text(fixed=True),
        "matcher": text(fixed=True, choices=("PRIMARY",)),
    },
    id=_entry_id,
    labelled=True,
    missing=_MISSING,
    checks=(_one_match,),
    outputs=("createTime", "state", "updateTime"),
    made=lambda call: {
        "createTime": stamp(call.store),
        "updateTime": stamp(call.store),
        "state": "ACTIVE",
    },
)
