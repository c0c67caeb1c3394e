"""What is on the screen, in the JSON document and on the page."""

from __future__ import annotations

import io
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from tests.tools.status.world import DOMAIN, World
from tools.status.document import SCHEMA, document, failure
from tools.status.figures import Figures, RegionFigures
from tools.status.judge import Health, exit_status, judge
from tools.status.page import picture, write_page
from tools.status.screen import Shown, screen

FIGURES = Figures(
    [RegionFigures("aws-us-east-2", requests=1200, errors=6, p95=41.2, cached=100, hits=75)]
)


def shown(world: World, figures: Figures = FIGURES) -> Shown:
    view = world.view()
    findings = judge(view)
    return Shown(view, findings, figures, exit_status(view, findings))


def printed(of: Shown, width: int) -> str:
    file = io.StringIO()
    Console(width=width, file=file, color_system=None).print(screen(of, width))
    text = file.getvalue()
    assert max(map(len, text.splitlines())) <= width
    return text


def words(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize("width", [80, 120, 200])
def test_the_screen_fits_and_has_every_kind_of_object(world: World, width: int) -> None:
    world.create_all()
    text = words(printed(shown(world), width))
    assert text.startswith("All is well dev · multicloud-gateway · Konnect us")
    for part in ("gateway-dev", "aws-us-east-2", "3/3", "transit-gateway", "small", DOMAIN):
        assert part in text
    assert "1,200 0.5 % 41 ms 75.0 %" in text


def test_a_fault_is_on_the_screen_by_name_with_a_sign(world: World) -> None:
    world.create_all()
    world.konnect.admin("POST", f"fail/transit-gateways/{world.attachment}", {"reason": "no share"})
    text = words(printed(shown(world), 120))
    name = "gateway-dev-aws-us-east-2-transit-gateway"
    assert text.startswith("Something is wrong")
    assert f"✖ attachment {name} has been in state error for 0s: no share" in text
    assert "✖ transit-gateway error" in text


def test_no_figures_are_one_line_with_the_reason(world: World) -> None:
    world.create_all()
    text = words(printed(shown(world, Figures(why="Konnect answered 403 Forbidden")), 120))
    assert "no figures: Konnect answered 403 Forbidden" in text
    assert "REQUESTS" not in text


def test_a_stack_without_objects_says_so(world: World) -> None:
    text = printed(shown(world, Figures(why="there is no control plane yet")), 80)
    assert "Nothing exists yet in Konnect" in text


def test_in_the_middle_of_an_update_the_screen_shows_what_is_there(world: World) -> None:
    world.create_plane()
    world.create_network(ready=False)
    world.pending = ["gateway-dev-azure-eastus2"]
    text = words(printed(shown(world), 120))
    assert text.startswith("Still changing")
    assert "an update runs, or was killed: gateway-dev-azure-eastus2" in text
    assert "… initializing" in text


def test_the_document_has_every_object_and_no_configuration(world: World) -> None:
    world.create_all()
    written = json.loads(json.dumps(document(shown(world))))
    assert (written["schema"], written["status"], written["exit_status"]) == (SCHEMA, "well", 0)
    assert {one["kind"] for one in written["objects"]} == {
        "control plane",
        "network",
        "data-plane group",
        "node",
        "attachment",
        "custom domain",
        "managed cache",
        "partial",
        "plugin",
    }
    node = next(one for one in written["objects"] if one["kind"] == "node")
    assert (node["region"], node["state"], node["health"]) == ("aws-us-east-2", "online", "well")
    assert node["details"]["in_sync"] is True
    assert written["traffic"]["regions"][0]["error_rate"] == 0.005
    assert "window_size" not in json.dumps(written)
    assert failure("no token")["exit_status"] == 2


def test_the_page_shows_the_topology_by_health_and_loads_nothing(
    world: World, tmp_path: Path
) -> None:
    world.create_all()
    node = world.view().nodes[0].name
    world.konnect.admin("PUT", f"nodes/{world.plane}/{node}", {"in_sync": False})
    file = tmp_path / "status.html"
    write_page(shown(world), file, refresh=10)
    text = file.read_text()
    assert '<meta http-equiv="refresh" content="10">' in text
    assert node in text
    assert "1 out of sync" in text
    assert not re.search(r"<script|src=|href=", text)
    assert list(tmp_path.glob("status.html*")) == [file]
    write_page(shown(world), file)
    assert 'http-equiv="refresh"' not in file.read_text()


def test_the_picture_has_the_network_that_stays_while_it_is_replaced(world: World) -> None:
    world.create_all()
    of = shown(world)
    old = replace(of.view.networks[0], id="old", name="z", state="terminating")
    for networks in ([old, *of.view.networks], [*of.view.networks, old]):
        found = picture(replace(of, view=replace(of.view, networks=networks)))
        assert found is not None
        (box,) = [box for box in found.boxes if box.title == "Gateway network"]
        assert "3 of 3 nodes online" in box.lines


def test_the_picture_marks_each_part_by_its_own_health(world: World) -> None:
    world.create_all()
    world.konnect.admin("POST", f"fail/transit-gateways/{world.attachment}", {"reason": "x"})
    found = picture(shown(world))
    assert found is not None
    marks = {box.title: box.mark.word for box in found.boxes}
    assert marks == {
        "Control plane": Health.WELL,
        "Gateway network": Health.WELL,
        "Your network": Health.WRONG,
    }
    assert [line.mark.word for line in found.lines if line.text] == ["wrong"]
