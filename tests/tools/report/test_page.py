"""The page: what it says, that it is whole in one file, and that a browser shows it."""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tests.tools.report.logs import DATA, KONNECT, preview_of, recorded, step
from tools.report import Preview, write_page
from tools.report.changes import SHOWN

CANARY = "canary-3f1c9a"
LOGS = sorted(file.stem for file in DATA.glob("*.jsonl"))
BROWSER = shutil.which("chromium")


class Page(HTMLParser):
    """A page as a tree of what tests ask for: its text by section, and its addresses."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.section = "header"
        self.texts: dict[str, list[str]] = {}
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self._silent = 0
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.tags.append((tag, found))
        if tag == "section":
            self.section = str(found["aria-labelledby"])
        self._silent += tag in ("style", "script")

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in ("style", "script")

    def handle_data(self, data: str) -> None:
        if not self._silent and data.strip():
            self.texts.setdefault(self.section, []).append(data.strip())

    def text(self, section: str) -> str:
        return " ".join(" ".join(self.texts[section]).split())


def written(preview: Preview, folder: Path) -> str:
    file = folder / "report.html"
    write_page(preview, file, stack="prod")
    return file.read_text()


def page_of(name: str, folder: Path) -> Page:
    return Page(written(recorded(name), folder))


def test_the_headline_is_the_verdict_with_what_forbids_the_change(tmp_path: Path) -> None:
    head = page_of("change-prod", tmp_path).text("header")
    assert "Preview of prod" in head
    assert "This change may not be applied: 1 mandatory violation of 1 rule" in head
    assert "konnect-network-cidr-in-plan on gateway-prod-aws-us-east-2" in head
    assert "7 update" in head
    assert "10 delete" in head


def test_a_failed_preview_says_why_in_the_headline(tmp_path: Path) -> None:
    head = page_of("refused-prod", tmp_path).text("header")
    assert "This change cannot be applied: the preview failed" in head
    assert 'unable to replace resource "gateway-prod-aws-us-east-2"' in head


def test_a_good_preview_may_be_applied(tmp_path: Path) -> None:
    page = page_of("same-prod", tmp_path)
    assert "This change may be applied" in page.text("header")
    assert "Nothing changes" in page.text("header")
    assert "what is there is what the program describes" in page.text("changes")
    assert "Nothing that is known to interrupt traffic" in page.text("interrupts")


def test_each_section_tells_its_part(tmp_path: Path) -> None:
    page = page_of("change-prod", tmp_path)
    assert "cidr_block: 10.72.0.0/20 → 10.72.32.0/20" in page.text("changes")
    assert "may turn out not to happen" in page.text("interrupts")
    assert "Planned because owner is not known before up" in page.text("interrupts")
    assert "managed cache 2xlarge" in page.text("topology")
    assert "10.72.32.0/20 was 10.72.0.0/20" in page.text("addresses")
    assert "policies: 6 rules, 1 mandatory" in page.text("policies")
    assert "1 rule that finds nothing konnect-quiet" in page.text("policies")
    assert "Known 1,073.00" in page.text("cost")
    assert "Kong does not publish the price of a tier" in page.text("cost")


def test_the_page_says_which_service_no_gateway_reaches(tmp_path: Path) -> None:
    file = tmp_path / "reachability.json"
    stop = "the reply stops at RouteTable routes: no route to 10.64.0.4; add a route"
    walked = [["orders", "aws-us-east-2", "reached"], ["tax", "gcp-x", stop]]
    file.write_text(json.dumps({"walked": walked, "dependencies": {}}))
    preview = Preview.read(DATA / "same-prod.jsonl", file)
    text = Page(written(preview, tmp_path)).text("reachability")
    assert "orders aws-us-east-2 reached" in text
    assert f"tax gcp-x {stop}" in text


def test_the_cost_says_what_it_was_before_the_change(tmp_path: Path) -> None:
    plane, gateway = f"{KONNECT}GatewayControlPlane", {"cloud_gateway": True}
    page = Page(
        written(
            preview_of(
                step("same", plane, "one", gateway, gateway),
                step("create", plane, "two", None, gateway),
            ),
            tmp_path,
        )
    )
    assert "1,000.00 USD a month known, was 500.00" in page.text("header")
    assert "(before the change: 500.00 ) 1,000.00" in page.text("cost").replace("00)", "00 )")


def test_what_rules_and_programs_say_is_escaped(tmp_path: Path) -> None:
    attack = "<script>alert(1)</script><img src=x onerror=alert(1)>\"'"
    source = written(
        preview_of(
            step("create", f"{KONNECT}GatewayControlPlane", attack, after={"name": attack}),
            step("create", attack, "n", after={"region": attack, attack: attack}),
            {
                "policyEvent": {
                    "policyName": attack,
                    "enforcementLevel": "mandatory",
                    "message": f"{attack}\n{attack}",
                    "resourceUrn": f"urn:pulumi:prod::p::t::{attack}",
                }
            },
            {"diagnosticEvent": {"message": attack, "severity": "warning"}},
        ),
        tmp_path,
    )
    assert {tag for tag, _ in Page(source).tags}.isdisjoint({"script", "img"})
    assert html.escape(attack, quote=False)[:30] in source


NAMED = {*SHOWN, "name", "provider"}
"""Properties whose values the page prints; a name is an object's, as its logical name is."""


def planted(value: Any) -> Any:
    """The value with a canary in each text of it that the page does not name."""
    if isinstance(value, dict):
        return {key: one if key in NAMED else planted(one) for key, one in value.items()}
    if isinstance(value, list):
        return [planted(inner) for inner in value]
    return f"{CANARY}-{value}" if isinstance(value, str) else value


def test_property_values_that_the_page_does_not_name_are_nowhere(tmp_path: Path) -> None:
    lines = []
    for line in (DATA / "first-dev.jsonl").read_text().splitlines():
        event = json.loads(line)
        if outputs := event.get("resOutputsEvent"):
            new = outputs["metadata"]["new"]
            outputs["metadata"]["op"] = "update"
            outputs["metadata"]["old"] = {**new, "inputs": {"secret": "other", "config": {}}}
            new["inputs"] = planted({**new["inputs"], "secret": "it", "config": {"key": "it"}})
        if remediation := event.get("policyRemediationEvent"):
            remediation["before"] = {"password": "", "tags": {}}
            remediation["after"] = planted({"password": "it", "tags": {"owner": "it"}})
        lines.append(json.dumps(event))
    assert CANARY in "".join(lines)
    log = tmp_path / "log.jsonl"
    log.write_text("\n".join(lines))
    source = written(Preview.read(log), tmp_path)
    assert "password, tags.owner" in source
    assert CANARY not in source


def test_a_shown_property_that_the_engine_blanked_stays_blank(tmp_path: Path) -> None:
    change = step(
        "update",
        f"{KONNECT}CloudGatewayConfiguration",
        "c",
        {"version": "3.13"},
        {"version": {"4dabf18193072939515e22adb298388d": CANARY}},
    )
    blanked = step("update", "aws:ec2/vpc:Vpc", "v", {"region": "a"}, {"region": "[secret]"})
    source = written(preview_of(change, blanked), tmp_path)
    assert "region: a → (not shown)" in source
    assert "version: 3.13 → (not shown)" in source
    assert "[secret]" not in source
    assert CANARY not in source


@pytest.mark.parametrize("name", LOGS)
def test_the_page_is_one_file_without_script(name: str, tmp_path: Path) -> None:
    source = written(recorded(name), tmp_path)
    page = Page(source)
    assert "script" not in {tag for tag, _ in page.tags}
    loads = [
        (tag, attribute)
        for tag, attributes in page.tags
        for attribute in attributes
        if attribute in ("src", "srcset", "data", "poster", "xlink:href")
        or (attribute == "href" and tag != "a")
    ]
    assert loads == []
    assert "@import" not in source
    assert "url(" not in source
    assert "Content-Security-Policy" in source


@pytest.mark.parametrize("name", LOGS)
def test_the_page_can_be_read_without_eyes(name: str, tmp_path: Path) -> None:
    source = written(recorded(name), tmp_path)
    page = Page(source)
    assert ("html", {"lang": "en"}) in page.tags
    assert source.count("<h1") == 1
    headings = [int(tag[1]) for tag, _ in page.tags if re.fullmatch(r"h\d", tag)]
    assert all(after - before <= 1 for before, after in pairwise(headings))
    assert source.count("<table") == source.count("<caption>")
    assert all("scope" in attributes for tag, attributes in page.tags if tag == "th")
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    labels = [str(a["aria-labelledby"]).split() for _, a in page.tags if "aria-labelledby" in a]
    assert {label for some in labels for label in some} <= set(ids)


def contrast(one: str, other: str) -> float:
    """The WCAG 2 contrast ratio of two `#rrggbb` colours."""

    def luminance(colour: str) -> float:
        channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_every_colour_of_text_has_enough_contrast_in_light_and_dark(tmp_path: Path) -> None:
    source = written(recorded("same-prod"), tmp_path)
    light, dark = re.findall(r":root \{(.*?)\}", source, re.DOTALL)[:2]
    for block in (light, dark):
        colours = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", block))
        for ink in ("ink", "soft", "link", "create", "update", "replace", "delete", "import"):
            for paper in ("paper", "panel"):
                assert contrast(colours[ink], colours[paper]) >= 4.5, (ink, paper)
        for banner in ("good", "bad"):
            assert contrast(colours["ink"], colours[banner]) >= 7, banner


@dataclass
class Recorder:
    """A proxy for a browser: it serves one page and notes every other request."""

    page: str
    port: int = 0
    requests: list[str] = field(default_factory=list)


@contextmanager
def recorder(page: str) -> Iterator[Recorder]:
    note = Recorder(page)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            note.requests.append(self.path)
            found = self.path.endswith("/report.html")
            self.send_response(200 if found else 404)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            if found:
                self.wfile.write(note.page.encode())

        def do_CONNECT(self) -> None:
            note.requests.append(self.path)
            self.send_error(404)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    note.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield note
    server.shutdown()
    server.server_close()


def dom(note: Recorder, profile: Path, *flags: str) -> str:
    """What headless Chromium makes of the page, with the recorder as its proxy."""
    assert BROWSER is not None
    done = subprocess.run(
        [
            BROWSER,
            *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
            *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
            f"--user-data-dir={profile}",
            f"--proxy-server=http://127.0.0.1:{note.port}",
            "--dump-dom",
            *flags,
            "http://pull-request.test/report.html",
        ],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    return done.stdout


def fetched(note: Recorder) -> list[str]:
    """The requests of the page; the browser's own go elsewhere than to a `.test` host."""
    return [path for path in note.requests if ".test" in path]


@pytest.mark.skipif(BROWSER is None, reason="no chromium on PATH")
def test_a_browser_shows_the_page_and_asks_for_nothing_else(tmp_path: Path) -> None:
    with recorder(written(recorded("change-prod"), tmp_path)) as note:
        page = Page(dom(note, tmp_path / "profile"))
    assert "This change may not be applied" in page.text("header")
    assert "AWS us-east-2" in page.text("interrupts")
    assert "Your VNet" in page.text("topology")
    assert "konnect-network-cidr-in-plan" in page.text("policies")
    assert "gateway-prod-control-plane" in page.text("cost")
    assert sum(tag == "section" for tag, _ in page.tags) == 7
    assert fetched(note) == ["http://pull-request.test/report.html"]


@pytest.mark.skipif(BROWSER is None, reason="no chromium on PATH")
def test_the_browser_would_be_seen_asking(tmp_path: Path) -> None:
    with recorder("<!doctype html><img src='http://elsewhere.test/x.png'><p>hello") as note:
        assert "hello" in dom(note, tmp_path / "profile")
    assert "http://elsewhere.test/x.png" in note.requests
