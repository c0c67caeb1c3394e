"""The environment variables with which an engine runs."""

from __future__ import annotations

from tools.environment import PARALLEL, secluded, with_parallel


def test_slow_resources_do_not_queue_behind_the_number_of_cores() -> None:
    assert with_parallel({"PATH": "/bin"}) == {"PATH": "/bin", "PULUMI_PARALLEL": str(PARALLEL)}


def test_the_callers_own_number_of_parallel_operations_is_kept() -> None:
    assert with_parallel({"PULUMI_PARALLEL": "4"}) == {"PULUMI_PARALLEL": "4"}


def test_variables_of_real_accounts_do_not_reach_the_sandbox() -> None:
    shell = {"AWS_PROFILE": "prod", "PULUMI_ACCESS_TOKEN": "pul-1", "PATH": "/bin"}
    assert secluded(shell).keys() == {"PATH", "NO_PROXY", "no_proxy"}
