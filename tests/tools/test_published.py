"""The published documents are reduced to what the tests check."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer import Typer
from typer.testing import CliRunner

from tools import published

CARRIED = Path(__file__).parents[1] / "published"

DOCUMENT: dict[str, Any] = {
    "openapi": "3.0.3",
    "info": {"title": "Things", "description": "All things.", "version": "2.0"},
    "servers": [{"url": "https://global.api.konghq.com/v2", "description": "Everywhere"}],
    "tags": [{"name": "Things"}],
    "security": [{"token": []}],
    "paths": {
        "/things": {
            "post": {
                "summary": "Create a thing.",
                "operationId": "create-thing",
                "responses": {"201": {"description": "Made.", "x-go-type": "Thing"}},
            }
        }
    },
    "components": {
        "schemas": {
            "description": {"type": "string", "example": "of a schema named description"},
            "Thing": {
                "title": "A thing",
                "type": "object",
                "required": ["title"],
                "properties": {
                    "title": {"type": "string", "description": "Its title.", "maxLength": 9},
                    "tags": {"type": "array", "items": {"type": "string", "example": "a"}},
                    "key": {"type": "string", "x-encrypted": True, "x-go-name": "Key"},
                    "state": {"enum": ["on", "off"], "default": {"summary": "a value"}},
                },
            },
        }
    },
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of documents as Kong publishes them, all of them small."""
    for name in published.DOCUMENTS:
        (tmp_path / f"{name}.yaml").write_text(yaml.safe_dump(DOCUMENT))
    (tmp_path / "LICENSE").write_text("MIT\n")
    return tmp_path


def run(*arguments: str) -> Any:
    app = Typer()
    app.command()(published.main)
    return CliRunner().invoke(app, arguments)


def test_what_is_checked_stays_and_prose_goes() -> None:
    assert published.reduce_document(DOCUMENT) == {
        "openapi": "3.0.3",
        "info": {"title": "Things", "version": "2.0"},
        "servers": [{"url": "https://global.api.konghq.com/v2"}],
        "paths": {"/things": {"post": {"operationId": "create-thing", "responses": {"201": {}}}}},
        "components": {
            "schemas": {
                "description": {"type": "string"},
                "Thing": {
                    "type": "object",
                    "required": ["title"],
                    "properties": {
                        "title": {"type": "string", "maxLength": 9},
                        "tags": {"type": "array", "items": {"type": "string"}},
                        "key": {"type": "string", "x-encrypted": True},
                        "state": {"enum": ["on", "off"], "default": {"summary": "a value"}},
                    },
                },
            }
        },
    }


def test_a_part_of_a_document_has_what_its_paths_refer_to_and_no_more() -> None:
    def reference(name: str) -> dict[str, str]:
        return {"$ref": f"#/components/schemas/{name}"}

    document = {
        "openapi": "3.0.3",
        "paths": {"/a": {"get": [reference("A")]}, "/b": {"get": reference("Unused")}},
        "components": {
            "schemas": {
                "Leaf": {"type": "string"},
                "A": {"properties": {"leaf": reference("Leaf"), "again": reference("A")}},
                "Unused": {"type": "string"},
            }
        },
    }
    found = published.part(document, ["/a", "/c"])
    assert found["openapi"] == "3.0.3"
    assert list(found["paths"]) == ["/a"]
    assert list(found["components"]["schemas"]) == ["Leaf", "A"]


def test_the_command_writes_every_document_and_the_licence(folder: Path, tmp_path: Path) -> None:
    target = tmp_path / "reduced"
    answer = run(str(folder), "--target", str(target))
    assert answer.exit_code == 0, answer.output
    names = {path.name for path in target.iterdir()}
    assert names == {"LICENSE", *(f"{name}.json" for name in published.DOCUMENTS)}
    written = json.loads((target / "identity-v3.json").read_text())
    assert written == published.reduce_document(DOCUMENT)
    assert (target / "LICENSE").read_text() == "MIT\n"


def test_a_document_that_is_missing_is_named(folder: Path, tmp_path: Path) -> None:
    (folder / "identity-v3.yaml").unlink()
    answer = run(str(folder), "--target", str(tmp_path / "reduced"))
    assert answer.exit_code == 1
    assert "identity-v3.yaml is not there" in answer.output
    assert not (tmp_path / "reduced").exists()


def test_the_carried_documents_hold_no_prose_and_are_reduced_already() -> None:
    for name in published.DOCUMENTS:
        text = (CARRIED / f"{name}.json").read_text(encoding="utf-8")
        document = json.loads(text)
        assert published.reduce_document(document) == document
        assert document["paths"]
