"""The vocabulary of analytics is that of the published document."""

from __future__ import annotations

from typing import Any

import pytest

from providers.konnect.analytics.vocabulary import (
    DATASOURCES,
    FILTER_VALUES,
    GRANULARITIES,
    MOST_DIMENSIONS,
    MOST_GROUPS,
    MOST_METRICS,
    OPERATORS,
    RELATIVE_RANGES,
    VOCABULARIES,
    Datasource,
)
from tests.sandbox.konnect.contract import document

SCHEMAS: dict[str, Any] = document("analytics-metrics-v2.json")["components"]["schemas"]
QUERIES = {
    datasource: SCHEMAS[reference.rpartition("/")[2]]["properties"]
    for datasource, reference in SCHEMAS["MetricsV2Dto"]["discriminator"]["mapping"].items()
}


def referred(schema: Any) -> Any:
    return SCHEMAS[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema


def test_the_datasources_are_those_of_the_document() -> None:
    assert list(QUERIES) == list(DATASOURCES)


@pytest.mark.parametrize("datasource", DATASOURCES)
def test_metrics_dimensions_and_filters_are_those_of_the_document(datasource: Datasource) -> None:
    known, query = VOCABULARIES[datasource], QUERIES[datasource]
    assert known.metrics == set(query["metrics"]["items"]["enum"])
    assert known.dimensions == set(query["dimensions"]["items"]["enum"])
    assert known.filters == set(referred(query["filters"])["items"]["discriminator"]["mapping"])
    limits = (query["metrics"]["maxItems"], query["dimensions"]["maxItems"])
    assert (*limits, query["limit"]["maximum"]) == (MOST_METRICS, MOST_DIMENSIONS, MOST_GROUPS)


def test_values_of_filters_are_as_the_document_wants_them() -> None:
    for schema in (one for name, one in SCHEMAS.items() if name.endswith("FilterByField")):
        chosen, empty = schema["oneOf"]
        (field,) = chosen["properties"]["field"]["enum"]
        wanted = referred(chosen["properties"]["value"]["items"])
        known = FILTER_VALUES[field]
        assert known.integer == (wanted["type"] == "integer"), field
        pattern = None if known.pattern is None else f"^{known.pattern}$"
        assert pattern == wanted.get("pattern"), field
        operators = [referred(one["properties"]["operator"])["enum"] for one in (chosen, empty)]
        assert [*operators[0], *operators[1]] == list(OPERATORS)


def test_times_are_those_of_the_document() -> None:
    assert list(GRANULARITIES) == SCHEMAS["Granularity"]["enum"]
    names = SCHEMAS["MetricsRelativeTimeRangeDtoV2"]["properties"]["time_range"]["enum"]
    assert list(RELATIVE_RANGES.values()) == names[: len(RELATIVE_RANGES)]
