"""The two apps of the synthetic platform and their regions: their sizes, and what people buy there."""

from __future__ import annotations

from typing import NamedTuple


class RegionProfile(NamedTuple):
    """A region of an app.

    Attributes:
        app: name of the app.
        region: name of the region.
        weight: its viewers, relative to all viewers of the larger app.
        utc_offset: hours by which its clocks are ahead of UTC.
        evening: how strong its evening is; 1.0 is usual.
        gifts: gifts of a viewer, relative to the mean.
        orders: orders of a viewer, relative to the mean.
        cpm_usd: price of a thousand impressions.
        order_usd: value of a usual order.
    """

    app: str
    region: str
    weight: float
    utc_offset: float
    evening: float
    gifts: float
    orders: float
    cpm_usd: float
    order_usd: float


PLACES = (
    RegionProfile("tiktok", "US", 0.27, -6, 1.00, 1.3, 1.2, 6.2, 34.0),
    RegionProfile("tiktok", "GB", 0.09, 0, 1.05, 1.1, 1.1, 5.5, 29.0),
    RegionProfile("tiktok", "DE", 0.08, 1, 0.95, 0.9, 0.6, 5.3, 31.0),
    RegionProfile("tiktok", "BR", 0.14, -3, 1.10, 0.7, 0.7, 2.3, 12.0),
    RegionProfile("tiktok", "ID", 0.17, 7, 0.90, 0.7, 1.4, 1.7, 5.0),
    RegionProfile("tiktok", "JP", 0.09, 9, 0.85, 1.3, 0.7, 5.2, 24.0),
    RegionProfile("tiktok", "other", 0.16, 4, 0.70, 0.9, 0.8, 3.1, 15.0),
    RegionProfile("douyin", "CN", 0.41, 8, 1.00, 1.2, 1.6, 4.1, 12.0),
    RegionProfile("douyin", "other", 0.09, 8, 0.80, 0.8, 0.9, 3.6, 14.0),
)
APPS = tuple(dict.fromkeys(place.app for place in PLACES))


def largest(app: str) -> str:
    """The region of an app with the most viewers."""
    return max((place for place in PLACES if place.app == app), key=lambda place: place.weight).region
