"""The data of the published plugin schemas is derived from folders of schemas."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from typer import Typer
from typer.testing import CliRunner

from tools import plugin_schemas
from tools.plugin_schemas import plugin_name

REDIS = {"type": "object", "properties": {"port": {"type": "integer", "default": 6379}}}


def schema(**fields: Any) -> dict[str, Any]:
    return {"properties": {"config": {"type": "object", "properties": fields}}}


def run(data: Path, *folders: Path) -> Any:
    app = Typer()
    app.command()(plugin_schemas.main)
    return CliRunner().invoke(app, [*map(str, folders), "--data", str(data)])


def folder_of(tmp_path: Path, name: str = "schemas-3.99", **files: Any) -> Path:
    folder = tmp_path / name
    folder.mkdir()
    for stem, content in files.items():
        (folder / f"{stem}.json").write_text(json.dumps(content), encoding="utf-8")
    return folder


def written(data: Path) -> Any:
    return json.loads(gzip.decompress((data / "plugins-3.99.json.gz").read_bytes()))


@pytest.mark.parametrize(
    ("stem", "name"),
    [
        ("ACL", "acl"),
        ("AiA2AProxy", "ai-a2a-proxy"),
        ("AiA2aProxy", "ai-a2a-proxy"),
        ("Oauth2Introspection", "oauth2-introspection"),
        ("RateLimitingAdvanced", "rate-limiting-advanced"),
    ],
)
def test_a_file_is_named_after_its_plugin(stem: str, name: str) -> None:
    assert plugin_name(stem) == name


def test_prose_is_left_out_and_a_field_named_like_prose_is_not(tmp_path: Path) -> None:
    text = {"type": "string", "description": "What it is.", "title": "Title"}
    folder = folder_of(tmp_path, MyPlugin=schema(description=text, items={"type": "boolean"}))
    assert run(tmp_path, folder).exit_code == 0
    fields = written(tmp_path)["plugins"]["my-plugin"]["properties"]["config"]["properties"]
    assert fields == {"description": {"type": "string"}, "items": {"type": "boolean"}}


def test_the_schema_of_a_partial_is_the_one_that_most_plugins_share(tmp_path: Path) -> None:
    link = [{"name": "redis-ce", "paths": ["config.redis"]}]
    more = {**REDIS, "properties": {**REDIS["properties"], "prefix": {"type": "string"}}}
    folder = folder_of(
        tmp_path,
        A={**schema(redis=more), "x-supported-partials": link},
        B={**schema(redis=REDIS), "x-supported-partials": link},
        C={**schema(redis=REDIS), "x-supported-partials": link},
        D={
            **schema(targets={"type": "array", "items": REDIS}),
            "x-supported-partials": [{"name": "model", "paths": ["config.targets[]"]}],
        },
    )
    assert run(tmp_path, folder).exit_code == 0
    assert written(tmp_path)["partials"] == {"model": REDIS, "redis-ce": REDIS}


def test_the_same_schemas_give_the_same_bytes(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, A=schema(a={"type": "string"}), B=schema())
    first, second = tmp_path / "first", tmp_path / "second"
    for data in (first, second):
        data.mkdir()
        assert run(data, folder).exit_code == 0
    name = "plugins-3.99.json.gz"
    assert (first / name).read_bytes() == (second / name).read_bytes()


@pytest.mark.parametrize(
    ("name", "files", "message"),
    [
        ("schemas", {"A": schema()}, "must end in the gateway version"),
        ("schemas-3.99", {}, "has no *.json"),
        ("schemas-3.99", {"A": schema(a={"pattern": "^x"})}, "unknown keywords pattern"),
        (
            "schemas-3.99",
            {"Acl": schema(), "ACL": schema(a={"type": "string"})},
            "another schema of acl",
        ),
    ],
)
def test_a_folder_that_cannot_be_read_is_one_line(
    tmp_path: Path, name: str, files: dict[str, Any], message: str
) -> None:
    result = run(tmp_path, folder_of(tmp_path, name, **files))
    assert result.exit_code == 1
    assert message in result.output
    assert "Traceback" not in result.output
