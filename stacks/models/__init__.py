"""The settings of one environment, value by value: types, units and accepted values.

Every field's docstring is its reference, and the example beside it is what an error proposes.
What holds between values (overlaps, duplicates, what a cloud needs) is in ``stacks.rules``.
"""

from stacks.models.account import Account
from stacks.models.landing import Landing
from stacks.models.region import Region
from stacks.models.settings import Consent, Settings

__all__ = ["Account", "Consent", "Landing", "Region", "Settings"]
