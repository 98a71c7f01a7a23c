"""The closed lists behind fields that accept any text: another word counts as unknown, and is never an error.

A field that must hold one of its words (``app``, ``surface``, ``tool``) is refused with any other; these are
not, because the money that such a record tells of is real whatever else it says.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

MINOR_BANDS = (
    "under_13",
    "lt_13",
    "under_14",
    "lt_14",
    "under_16",
    "lt_16",
    "under_18",
    "lt_18",
    "13_15",
    "13_17",
    "14_15",
    "14_17",
    "16_17",
)
"""Ages below 18, in every spelling that producers use."""
BAND_OF_18 = "18"
"""Old enough for gifts everywhere but in South Korea."""
ADULT_BANDS = (
    BAND_OF_18,
    "18_24",
    "19_24",
    "20_24",
    "25_34",
    "35_44",
    "45_54",
    "55_64",
    "ge_18",
    "ge_19",
    "ge_55",
    "ge_65",
)
AGE_BANDS = (*MINOR_BANDS, *ADULT_BANDS, "unknown")
LISTED_WORDS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "viewer_age_band": AGE_BANDS,
        "creator_age_band": AGE_BANDS,
        "age_source": ("verified", "declared", "model"),
        "payment_method": ("card", "wallet", "cod", "carrier", "bank", "voucher"),
        "reason": ("minor_claim", "fraud", "chargeback", "user_request", "error"),
    }
)
"""Field -> its words."""
