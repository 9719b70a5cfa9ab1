"""What every engine must hold: the same tests on SQLite and on the double here, on real servers among the live ones."""

from __future__ import annotations

from tests.django_tenfold.search.contract_asking import AskingContract
from tests.django_tenfold.search.contract_declaring import DeclaringContract
from tests.django_tenfold.search.contract_site import NAMES
from tests.django_tenfold.search.contract_upkeep import UpkeepContract

__all__ = ["NAMES", "SearchContract"]


class SearchContract(AskingContract, DeclaringContract, UpkeepContract):
    """Give it a fixture `engine`, and `chosen` if it needs options."""
