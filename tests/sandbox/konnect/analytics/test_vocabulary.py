"""The vocabularies of metrics and of dashboards are those of their published documents."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.konnect.analytics.parts import GRANULARITIES
from sandbox.konnect.analytics.vocabulary import DASHBOARDS, METRICS
from tests.sandbox.konnect.contract import document

Schemas = dict[str, Any]


def schemas(name: str) -> Schemas:
    found: Schemas = document(name)["components"]["schemas"]
    return found


def referred(of: Schemas, schema: Any) -> Any:
    return of[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema


OF_METRICS = schemas("analytics-metrics-v2.json")
OF_DASHBOARDS = schemas("analytics-dashboards-v2.json")
QUERIES = {
    "api_usage": ("MetricsApiUsageQuery", "AdvancedQuery"),
    "llm_usage": ("MetricsLLMUsageQuery", "LLMQuery"),
    "agentic_usage": ("MetricsAgenticUsageQuery", None),
    "managed_cache_usage": ("MetricsManagedCacheUsageQuery", None),
}


@pytest.mark.parametrize("datasource", QUERIES)
def test_a_datasource_has_the_names_of_its_document(datasource: str) -> None:
    of_metrics, of_dashboards = QUERIES[datasource]
    cases = [(METRICS, OF_METRICS, of_metrics)]
    if of_dashboards is not None:
        cases.append((DASHBOARDS, OF_DASHBOARDS, of_dashboards))
    for vocabularies, of, name in cases:
        known, query = vocabularies[datasource], of[name]["properties"]
        metrics = referred(of, query["metrics"])
        assert known.metrics == set(metrics["items"]["enum"])
        assert [known.default] == metrics["default"]
        assert known.dimensions == set(query["dimensions"]["items"]["enum"])
        filters = referred(of, query["filters"])
        assert known.filters == set(filters["items"]["discriminator"]["mapping"])


def test_only_the_datasources_of_the_documents_are_known() -> None:
    assert set(METRICS) == set(OF_METRICS["MetricsV2Dto"]["discriminator"]["mapping"])
    assert list(GRANULARITIES) == OF_METRICS["Granularity"]["enum"]
