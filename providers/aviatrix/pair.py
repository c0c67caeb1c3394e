"""CRUD of an object that connects two others, whose order has no meaning for the controller."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Generic

from providers.aviatrix.client import Client
from providers.aviatrix.crud import AviatrixProvider, M
from providers.base.http import Json
from providers.base.model import Props


class PairProvider(AviatrixProvider[M], Generic[M]):
    """CRUD of a pair. ``natural_key`` are the inputs with the two names.

    The other order is the same object. A replacement would find that object as the new one, and
    then delete it as the old one.
    """

    def id_of(self, remote: Json) -> str:
        return "~".join(sorted(str(remote[name]) for name in self.natural_key))

    def replacements(self, changed: Sequence[str], olds: Props, news: Props) -> list[str]:
        """The changed names, unless only their order is another."""
        one, other = self.natural_key
        if [olds.get(one), olds.get(other)] == [news.get(other), news.get(one)]:
            return []
        return super().replacements(changed, olds, news)

    def edit(self, client: Client, inputs: M, changed: Sequence[str]) -> None:
        """Nothing: the names are the same in another order."""
