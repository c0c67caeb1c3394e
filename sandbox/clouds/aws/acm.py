"""Certificates of AWS Certificate Manager, validated by DNS.

A certificate is pending until the CNAME records that ACM asks for are in a public zone of the
simulated clouds. Source: RequestCertificate and DescribeCertificate of the AWS
Certificate Manager API. Imported certificates are not modelled.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterator
from typing import Any

from sandbox.clouds.aws.cloud import arn, aws
from sandbox.clouds.aws.route53 import domain_name
from sandbox.clouds.declare import Call, Error
from sandbox.clouds.inputs import Failure, ref, text, text_set
from sandbox.clouds.wire import Values
from sandbox.store import Store

_NOT_FOUND: Error = (
    "ResourceNotFoundException",
    "Could not find certificate {id}.",
)


def _name(at: str, value: str) -> Iterator[Failure]:
    if value.endswith("."):
        yield at, f'invalid value for "{at}" (cannot end with a period): {value}'


def _asked_record(call: Call, name: str) -> Values:
    """The record that proves the ownership of a name. A wildcard asks for that of its domain."""
    domain = name.removeprefix("*.")
    digits = hashlib.sha256(f"acm:{call.tenant}:{domain}".encode()).hexdigest()
    return {
        "domainName": name,
        "resourceRecordName": f"_{digits[:32]}.{domain}.",
        "resourceRecordType": "CNAME",
        "resourceRecordValue": f"_{digits[32:64]}.acm-validations.aws.",
    }


def is_issued(store: Store, certificate: Values) -> bool:
    """Whether every record that ACM asks for is in the public DNS."""
    from sandbox import public_dns  # It reads the zones of all clouds, so it is loaded after them.

    return all(
        domain_name(asked["resourceRecordValue"])
        in public_dns.values(store, asked["resourceRecordName"], "CNAME")
        for asked in certificate["domainValidationOptions"]
    )


def covers(certificate: Values, name: str) -> bool:
    """Whether a certificate is for a name. A wildcard stands for one label."""
    names = {certificate["domainName"], *certificate.get("subjectAlternativeNames", [])}
    return name in names or f"*.{name.partition('.')[2]}" in names


def _made(call: Call, id_: str) -> Values:
    values = call.values
    names = list(dict.fromkeys([values["domainName"], *values.get("subjectAlternativeNames", [])]))
    return {
        "arn": id_,
        "domainValidationOptions": [_asked_record(call, name) for name in names],
        "keyAlgorithm": values.get("keyAlgorithm", "RSA_2048"),
        "notAfter": "",
        "notBefore": "",
        "pendingRenewal": False,
        "renewalEligibility": "INELIGIBLE",
        "renewalSummaries": [],
        "status": "PENDING_VALIDATION",
        "subjectAlternativeNames": names,
        "type": "AMAZON_ISSUED",
        "validationEmails": [],
    }


def _with_status(call: Call) -> Values | None:
    stored = call.stored or {}
    issued = stored["status"] == "ISSUED" or is_issued(call.store, stored)
    return {**stored, "status": "ISSUED" if issued else "PENDING_VALIDATION"}


def _complete(call: Call) -> None:
    """A rule: a requested certificate has a name, and is validated by DNS."""
    for name in ("domainName", "validationMethod"):
        if name not in call.values:
            raise call.error(
                ("ValidationException", f"{name} is required to request a certificate")
            )


def _id(call: Call) -> str:
    serial = call.store.serial("aws:certificate")
    return arn(call, "acm", f"certificate/{uuid.uuid5(uuid.NAMESPACE_URL, f'acm:{serial}')}")


CERTIFICATE = aws(
    "aws:acm/certificate:Certificate",
    {
        "domainName": text(fixed=True, form=_name),
        "validationMethod": text(choices=("DNS",), fixed=True),
        "subjectAlternativeNames": text_set(fixed=True, computed=True, form=_name),
        "keyAlgorithm": text(
            fixed=True, computed=True, choices=("RSA_2048", "EC_prime256v1", "EC_secp384r1")
        ),
    },
    id=_id,
    action="ACM: RequestCertificate",
    deletes="ACM: DeleteCertificate",
    missing=_NOT_FOUND,
    in_use=("ResourceInUseException", "Certificate {id} is in use by {by}."),
    rules=(_complete,),
    outputs=(
        "arn",
        "domainValidationOptions",
        "notAfter",
        "notBefore",
        "pendingRenewal",
        "renewalEligibility",
        "renewalSummaries",
        "status",
        "type",
        "validationEmails",
    ),
    made=_made,
    read=_with_status,
)


def _issued(call: Call) -> None:
    """A rule: the records are there. The provider waits 75 minutes for them; the sandbox does not.

    It also checks that the names given are those of the asked records, as the provider does.
    """
    certificate = call.target("certificateArn")
    asked = {domain_name(one["resourceRecordName"]) for one in _options(certificate)}
    given = {domain_name(name) for name in call.values.get("validationRecordFqdns", asked)}
    if asked - given:
        said = f"missing {', '.join(sorted(asked - given))} DNS validation record"
        raise call.error(("InvalidValidationRecords", said))
    if not is_issued(call.store, certificate):
        said = (
            "timeout while waiting for state to become 'ISSUED' (last state: "
            "'PENDING_VALIDATION', timeout: 1h15m0s): the CNAME records of "
            f"domain_validation_options are in no public zone ({', '.join(sorted(asked))})"
        )
        raise call.error(("Timeout", said))


def _options(certificate: Values) -> list[Any]:
    return list(certificate["domainValidationOptions"])


def _mark_issued(call: Call) -> None:
    """ACM keeps an issued certificate when its records are deleted later."""
    (found,) = call.found["certificateArn"]
    call.world.put(CERTIFICATE, found.id, {**found.body, "status": "ISSUED"})


CERTIFICATE_VALIDATION = aws(
    "aws:acm/certificateValidation:CertificateValidation",
    {
        "certificateArn": ref(CERTIFICATE, required=True, fixed=True, on_delete="cascade"),
        "validationRecordFqdns": text_set(fixed=True),
    },
    id=lambda call: str(call.values["certificateArn"]),
    action="ACM: DescribeCertificate",
    tagged=False,
    rules=(_issued,),
    created=_mark_issued,
)
