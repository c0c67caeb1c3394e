"""Certificates: PEM text as a natural key, renewal in place, private keys that show nowhere."""

from __future__ import annotations

import asyncio
import hashlib
import traceback
from typing import Any

import pulumi
import pytest
from starlette.responses import JSONResponse

from providers.base.errors import BadRequestError, ProviderError
from providers.base.model import check
from providers.konnect.core_entities.certificate import GatewayCertificate
from tests.providers.konnect.example import OWNER, Example, Props
from tests.providers.konnect.groups import certificates
from tests.providers.konnect.groups.certificates import (
    CA_CERTIFICATE,
    CERT,
    CERTIFICATE,
    DATA_PLANE_CLIENT_CERTIFICATE,
    ECDSA_KEY,
    KEY,
    RENEWED,
    RENEWED_KEY,
    SNI,
    pem,
)
from tests.providers.konnect.harness import Engine
from tests.providers.konnect.local_konnect import PLANES, LocalKonnect
from tests.providers.konnect.program import run

WHATEVER = "{vault://secrets/edge}"


@pytest.mark.parametrize(
    ("example", "change", "reason"),
    [
        (CERTIFICATE, {"cert": "edge.pem"}, "is not PEM text of a certificate"),
        (CERTIFICATE, {"cert": ""}, "is not PEM text of a certificate"),
        (CERTIFICATE, {"cert": "Y2VydA=="}, "is not PEM text of a certificate"),
        (CERTIFICATE, {"cert": CERT.replace("\n", "\\n")}, "is not PEM text of a certificate"),
        (CERTIFICATE, {"cert": CERT.removesuffix("-")}, "is not PEM text of a certificate"),
        (CERTIFICATE, {"cert": KEY}, "is not PEM text of a certificate"),
        (CERTIFICATE, {"cert_alt": pem("eA==", "CERTIFICATE REQUEST")}, "is not PEM text of a"),
        (CERTIFICATE, {"cert": f"{CERT}\n{KEY}"}, "contains a private key"),
        (CERTIFICATE, {"key": CERT}, "is not PEM text of a private key"),
        (CERTIFICATE, {"key_alt": pem("eA==", "PUBLIC KEY")}, "is not PEM text of a private key"),
        (CA_CERTIFICATE, {"cert": KEY}, "is not PEM text of a certificate"),
        (CA_CERTIFICATE, {"cert": WHATEVER}, "cannot be a reference to a vault"),
        (DATA_PLANE_CLIENT_CERTIFICATE, {"cert": WHATEVER}, "cannot be a reference to a vault"),
    ],
)
def test_a_preview_says_what_is_no_certificate_and_no_key(
    example: Example, change: Props, reason: str
) -> None:
    ((name, said),) = check(example.inputs, {**example.full, **change}).failures
    assert name in change
    assert said.startswith(reason)
    assert "canary" not in said


@pytest.mark.parametrize(
    "change",
    [
        {"cert": WHATEVER, "key": WHATEVER},
        {"cert": pem("eA==", "X509 CERTIFICATE")},
        {"cert": f"subject=CN = edge\n{CERT}"},
        {"key": pem("eA==", "RSA PRIVATE KEY")},
        {"key": f"{pem('eA==', 'EC PARAMETERS')}\n{ECDSA_KEY}"},
    ],
)
def test_every_form_that_kong_reads_is_taken(change: Props) -> None:
    assert check(CERTIFICATE.inputs, {**CERTIFICATE.full, **change}).failures == []


FORMS = [f"\n{CERT}\n\n", f"{CERT}\n".replace("\n", "\r\n")]
"""The same text: white space around it and line ends mean nothing."""


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("example", [CERTIFICATE, CA_CERTIFICATE, DATA_PLANE_CLIENT_CERTIFICATE])
def test_white_space_around_a_certificate_and_its_line_ends_are_no_change(
    example: Example, form: str
) -> None:
    plain, other = (
        check(example.inputs, {**example.least, "cert": text}).inputs for text in (CERT, form)
    )
    assert plain == other
    provider = example.provider()
    returned = {**example.answer(plain), "cert": form}
    assert provider._compare(returned, plain)[1] == []


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    ("name", "written"),
    [("GatewayCertificate", {"key": KEY}), ("GatewayCaCertificate", {})],
)
def test_a_certificate_that_is_there_in_another_form_is_found(
    konnect: LocalKonnect, name: str, written: Props, form: str
) -> None:
    engine = Engine(konnect, certificates.CASES[name](konnect))
    plane, segment = engine.case.kind.split("/")[1::2]
    there = konnect.entity(plane, segment, cert=form, tags=[OWNER.tag], **written)
    konnect.entity(plane, segment, cert=RENEWED, **written)
    id_, _ = engine.create()
    assert id_ == there
    assert len(engine.ours) == 2


def test_a_data_plane_certificate_that_is_there_in_another_form_is_found(
    konnect: LocalKonnect,
) -> None:
    engine = Engine(konnect, certificates.a_data_plane_client_certificate(konnect))
    path = f"{PLANES}/{engine.case.inputs['control_plane_id']}/dp-client-certificates"
    there = konnect.call("POST", path, {"cert": FORMS[1], "title": engine.case.inputs["title"]})
    konnect.requests.clear()
    assert engine.create()[0] == there["item"]["id"]
    assert konnect.writes == []


def test_a_renewed_certificate_keeps_its_id_so_its_server_names_keep_it(
    konnect: LocalKonnect,
) -> None:
    engine = Engine(konnect, certificates.a_certificate(konnect))
    id_, outputs = engine.create()
    plane = engine.case.inputs["control_plane_id"]
    konnect.entity(plane, "snis", name="api.example.com", certificate={"id": id_})
    renewed = {**engine.case.inputs, "cert": RENEWED, "key": RENEWED_KEY}
    assert not engine.diff(outputs, renewed).replaces
    engine.update(id_, outputs, renewed)
    (there,) = engine.ours
    assert (there["id"], there["cert"], there["key"]) == (id_, RENEWED, RENEWED_KEY)
    (name,) = konnect.objects(f"control-planes/{plane}/core-entities/snis")
    assert name["certificate"] == {"id": id_}


def test_server_names_that_konnect_tells_are_an_output(konnect: LocalKonnect) -> None:
    engine = Engine(konnect, certificates.a_certificate(konnect))
    plane = engine.case.inputs["control_plane_id"]
    konnect.entity(
        plane, "certificates", cert=CERT, key=KEY, snis=["api.example.com"], tags=[OWNER.tag]
    )
    case = {"control_plane_id": plane, "cert": CERT, "key": KEY}
    _, outputs = engine.create(case, created_by=str(OWNER))
    assert outputs["snis"] == ["api.example.com"]
    assert engine.diff(outputs, case).changes is False


def test_another_data_plane_certificate_is_pinned_before_the_old_one_goes() -> None:
    """Konnect would change it in place, and data planes with the old one were cut off."""
    provider = DATA_PLANE_CLIENT_CERTIFICATE.provider()
    olds = DATA_PLANE_CLIENT_CERTIFICATE.full
    diff = provider.diff("id", olds, {**olds, "cert": RENEWED})
    assert (diff.replaces, diff.delete_before_replace) == (["cert"], False)


def test_the_digest_of_a_ca_certificate_is_konnects(konnect: LocalKonnect) -> None:
    engine = Engine(konnect, certificates.a_ca_certificate(konnect))
    _, outputs = engine.create()
    assert outputs["cert_digest"] == hashlib.sha256(CERT.encode()).hexdigest()


def test_a_key_that_konnect_does_not_return_is_no_drift(konnect: LocalKonnect) -> None:
    engine = Engine(konnect, certificates.a_certificate(konnect))
    id_, outputs = engine.create()
    (there,) = engine.ours
    silent = {name: value for name, value in there.items() if name not in ("key", "key_alt")}
    konnect.answer_with(JSONResponse(silent))
    read = engine.provider.read(id_, outputs)
    assert read.outs == outputs
    assert read.inputs is not None
    assert read.inputs["key"] == KEY
    import_id = engine.case.import_id.format(id=id_)
    _, adopted = engine.create(adopt_existing_id=import_id)
    assert engine.diff(adopted, engine.case.inputs).changes is False


def test_a_key_that_somebody_has_replaced_is_seen(konnect: LocalKonnect) -> None:
    engine = Engine(konnect, certificates.a_certificate(konnect))
    id_, outputs = engine.create()
    path = f"/v2/{engine.case.kind}/{id_}"
    konnect.call("PUT", path, {"cert": CERT, "key": RENEWED_KEY})
    read = engine.provider.read(id_, outputs)
    assert read.outs is not None
    assert engine.diff(read.outs, engine.case.inputs).changes is True


def test_no_message_quotes_a_key_or_is_a_page_of_pem_text(konnect: LocalKonnect) -> None:
    engine = Engine(konnect, certificates.a_certificate(konnect))
    id_, outputs = engine.create()
    details = [{"field": "key", "messages": [f"{KEY} does not match", f"{ECDSA_KEY} neither"]}]
    body = {"code": 3, "message": "validation error", "details": details}
    konnect.answer_with(JSONResponse(body, status_code=400))
    for call in (
        lambda: engine.create(),
        lambda: engine.update(id_, outputs, {**engine.case.inputs, "tags": ["edge"]}),
        lambda: engine.provider.read(id_, outputs),
        lambda: engine.provider.delete(id_, outputs),
    ):
        with pytest.raises(ProviderError, match=r"certificate.* 400 .*\[redacted\]") as error:
            call()
        shown = "".join(traceback.format_exception(error.value))
        assert not [key for key in (KEY, ECDSA_KEY, CERT) if key in f"{shown} {error.value!r}"]


def test_the_keys_are_secrets_of_pulumi_however_they_are_written() -> None:
    async def program() -> list[Any]:
        made = GatewayCertificate("c", control_plane_id="p", cert=CERT, key=KEY, key_alt=ECDSA_KEY)
        outputs: list[pulumi.Output[Any]] = [made.key, made.key_alt, made.cert]
        return list(await asyncio.gather(*(output.is_secret() for output in outputs)))

    found, _ = run(program)
    assert found == [True, True, False]


@pytest.mark.parametrize(
    "name", ["a", "api.example.com", "*.example.com", "example.*", "*", "xn--bcher-kva.example"]
)
def test_a_server_name_may_hold_one_wildcard(name: str) -> None:
    assert check(SNI.inputs, {**SNI.full, "name": name}).failures == []


@pytest.mark.parametrize(
    "name",
    [
        *("", "*.example.*", "a.*.example.com", "*example.com", "*.", "**", "*.*"),
        *("a b", "a.example.com:443", ".a", "https://a.example.com", "a/b"),
    ],
)
def test_what_is_no_server_name_is_refused_in_the_preview(name: str) -> None:
    ((field, _),) = check(SNI.inputs, {**SNI.full, "name": name}).failures
    assert field == "name"


def test_a_server_name_of_a_certificate_that_is_not_there_is_refused_by_konnect(
    konnect: LocalKonnect,
) -> None:
    engine = Engine(konnect, certificates.an_sni(konnect))
    with pytest.raises(BadRequestError, match=r"creating SNI '\*.example.com'.*certificate"):
        engine.create(certificate={"id": "00000000-0000-4000-8000-000000000000"})
