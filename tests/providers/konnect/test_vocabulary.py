"""Facts about Konnect's enums."""

from __future__ import annotations

from providers.konnect.vocabulary import CacheTier


def test_each_cache_tier_has_the_memory_that_kong_documents_in_the_order_of_growth() -> None:
    documented = {
        "micro": 0.5,
        "small": 1,
        "medium": 3,
        "large": 6,
        "xlarge": 12,
        "2xlarge": 25,
        "4xlarge": 52,
        "8xlarge": 100,
        "12xlarge": 150,
        "16xlarge": 200,
        "24xlarge": 300,
    }
    in_order = sorted(CacheTier, key=lambda tier: tier.rank)
    assert {tier.value: tier.gib for tier in in_order} == documented
    assert [tier.value for tier in in_order] == list(documented)
