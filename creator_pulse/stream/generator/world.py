"""How much of everything there is in an hour of viewing: a platform that could be real, and a dense one."""

from __future__ import annotations

from dataclasses import dataclass

_DAY_MS = 86_400_000


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """How often things happen. Rates per hour are per viewing hour: one viewer watches for an hour.

    Attributes:
        name: by which a command chooses it.
        records: records of all kinds per hour, as a run shows them: a rate of records divided by it gives
            the size of the audience.
        engagement: share of the heartbeats after which the client reports acts: videos liked, watched to the
            end and so on, 0 to 1.
        gifts: gifts or streaks of gifts per hour.
        clicks: clicks on products per hour.
        rewards: rewards of videos per hour.
        deals: invitations to brand deals per hour.
        payouts: payouts per hour.
        videos: videos posted per hour.
        enrolments: creators who become eligible for a tool, per hour.
        rooms: open live rooms per viewer of all surfaces.
        gifters: share of the viewers who ever give, 0 to 1.
        gift_sigma: how unequal those are: sigma of the lognormal number of gifts of a coin each; 0: they
            take turns.
        roaming: whether viewers give to any creator, and not only where they watch.
        sharing_followers: followers that a creator needs to have a share in ads.
        rhythm: whether traffic follows the hour of the day and the day of the week.
        growth: growth of the audience per week, compound; 0.01 is one per cent.
        day_ms: how long a day takes in the life of a deal, a payout, a refund and whatever else follows
            days after its cause, ms; a real day has 86,400,000.
    """

    name: str
    records: float
    engagement: float
    gifts: float
    clicks: float
    rewards: float
    deals: float
    payouts: float
    videos: float
    enrolments: float
    rooms: float
    gifters: float
    gift_sigma: float
    roaming: bool
    sharing_followers: float
    rhythm: bool
    growth: float
    day_ms: float

    @property
    def note(self) -> str:
        """A remark about these events for the reader of a board."""
        origin = f"synthetic events ({self.name})"
        if self.day_ms == _DAY_MS:
            return origin
        return f"{origin}: a day of deals, payouts and refunds takes {self.day_ms / 1_000:g} s"


PLATFORM = World(
    name="platform",
    records=373.0,
    engagement=1.0,
    gifts=0.1,
    clicks=0.12,
    rewards=0.006,
    deals=0.0012,
    payouts=0.0004,
    videos=0.029,
    enrolments=0.0008,
    rooms=0.004,
    gifters=0.05,
    gift_sigma=2.3,
    roaming=False,
    sharing_followers=100_000,
    rhythm=True,
    growth=0.005,
    day_ms=20_000.0,
)
"""A slice of a platform: docs/world.md holds it against published figures."""
DENSE = World(
    name="dense",
    records=536.0,
    engagement=0.1,
    gifts=49.0,
    clicks=26.0,
    rewards=4.2,
    deals=0.8,
    payouts=1.3,
    videos=2.1,
    enrolments=1.6,
    rooms=0.044,
    gifters=0.2,
    gift_sigma=0.0,
    roaming=True,
    sharing_followers=1_000,
    rhythm=False,
    growth=0.0,
    day_ms=20_000.0,
)
"""Every kind of record within seconds, gifts half of all: for measurements and tests, not for figures."""
WORLDS = {world.name: world for world in (PLATFORM, DENSE)}
