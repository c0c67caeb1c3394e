"""Short constructors for the inputs of a type, for declarations that read as a table."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from sandbox.clouds.model import Input

text = partial(Input, "text")
flag = partial(Input, "flag")
whole = partial(Input, "whole")
texts = partial(Input, "texts")
text_set = partial(Input, "texts", unordered=True)
mapping = partial(Input, "map")


def block(members: Mapping[str, Input], *, replace: bool = False) -> Input:
    """A nested object with these members."""
    return Input("block", replace=replace, members=members)


def blocks(
    members: Mapping[str, Input], *, unordered: bool = False, computed: bool = False
) -> Input:
    """A list of nested objects with these members."""
    return Input("blocks", unordered=unordered, computed=computed, members=members)
