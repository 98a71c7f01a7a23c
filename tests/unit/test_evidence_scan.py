"""Scores by hand, and held against the definition of the ratio by Hoehle and Paul (2008)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest

from creator_pulse.stream.evidence.decide import Bars, ScanSums, ScanWindows, decided
from creator_pulse.stream.evidence.scan import count_gain, share_gain, still_gain
from creator_pulse.stream.evidence.spread import dispersion, phi, strays
from creator_pulse.stream.evidence.usual import growth, level, median

if TYPE_CHECKING:
    from numpy.typing import NDArray


def array(*values: float) -> NDArray[np.float64]:
    """Values as the formulas take them."""
    return np.array(values, np.float64)


def test_a_total_loss_scores_what_was_expected_by_its_variance() -> None:
    """150 expected and none seen, phi 1 and c 6 %: 150 / (1 + 0.0036 x 150) = 97.402597."""
    assert count_gain(array(0), array(150), array(1), array(0.06))[0] == 97.402597


def test_half_of_a_hundred_scores_by_the_logarithm() -> None:
    """50 of 100: 100 - 50 + 50 ln 0.5 = 15.342641, by a phi of 5: 3.068528."""
    assert count_gain(array(50), array(100), array(5), array(0))[0] == 3.068528


@pytest.mark.parametrize(("seen", "usual"), [(0, 12), (31, 50), (80, 50), (7, 7)])
def test_the_gain_is_the_supremum_of_the_log_likelihood_ratio(seen: int, usual: int) -> None:
    """Count data regression charts: the sup over theta of ``x theta + mu (1 - exp theta)``, on a grid."""
    theta = np.linspace(-12, 3, 1_500_001)
    supremum = float((seen * theta + usual * (1 - np.exp(theta))).max())
    assert count_gain(array(seen), array(usual), array(1), array(0))[0] == pytest.approx(supremum, abs=1e-4)


def test_a_share_scores_by_the_binomial() -> None:
    """40 of 100 where 5 are usual: 40 ln 8 + 60 ln(60/95) = 55.606, by a phi of 2: 27.803."""
    by_hand = (40 * math.log(40 / 5) + 60 * math.log(60 / 95)) / 2
    assert share_gain(array(40), array(100), array(5), array(2), array(0))[0] == pytest.approx(
        by_hand, abs=1e-6
    )
    assert round(by_hand, 3) == 27.803


def test_what_is_halfway_by_likelihood_says_neither_still_nor_over() -> None:
    """Half of 100 expected was lost: 0.5 / ln 2 = 72.13 speak for neither, 50 for still, 100 for over."""
    assert still_gain(array(50 / math.log(2)), array(100), array(0.5))[0] == pytest.approx(0)
    assert still_gain(array(50), array(100), array(0.5))[0] == pytest.approx(50 - 50 * math.log(2))
    assert still_gain(array(100), array(100), array(0.5))[0] == pytest.approx(50 - 100 * math.log(2))


def hour_with(ten: float, three: float, *, paged: bool = False) -> float:
    """The score of a fall as of the end of an hour that lost 315 of 420.

    Args:
        ten: what its last ten minutes brought, of 70.
        three: what its last three, its tail, brought, of 21.
        paged: whether a page is open.
    """

    def sums(seen: tuple[float, ...], usual: tuple[float, ...]) -> ScanSums:
        part, mean = (np.array(each, np.float64)[None, None, None] for each in (seen, usual))
        return ScanSums(part, mean, mean)

    whole, tails = sums((ten, 105), (70, 420)), sums((three, three), (21, 21))
    every = np.ones((1, 1, 2), np.bool_)
    one = np.ones((1, 1))
    windows = ScanWindows(whole, tails, whole.part, every[None])
    bars = Bars(
        lengths=np.array((60, 360)),
        tails=np.array((18, 18)),
        strays=np.full((1, 1, 2, 2), 0.03),
        phi=np.full((1, 1, 2), 1.8),
        share=np.zeros(1, np.bool_),
        falls=one.astype(np.bool_),
        rises=one.astype(np.bool_),
        fall_from=0.9 * one,
        rise_from=1.1 * one,
    )
    return float(decided(windows, bars, np.full((1, 1), paged)).score[0, 0, 0, 0])


def test_a_loss_that_goes_on_counts() -> None:
    """A quarter came of the hour, of its last ten minutes and of its last three: far above a page."""
    assert hour_with(ten=17, three=5) > 50


def test_what_ten_minutes_show_to_be_over_is_no_evidence_for_a_thin_tail() -> None:
    """All is well for ten minutes; that the last three brought 8 of 21 is chance, and no outage."""
    assert hour_with(ten=65, three=8) == 0


def test_a_tail_that_is_more_like_the_usual_is_no_evidence() -> None:
    """17 of 21 are off by more than tolerance, but at a quarter 12 were the limit: (1 - r) / -ln r = 0.54."""
    assert hour_with(ten=30, three=17) == 0


@pytest.mark.parametrize(("three", "score", "paged"), [(14, 5.79, 64.7), (17, 0, 5.79)])
def test_a_page_lasts_until_its_end_is_evident(three: int, score: float, paged: float) -> None:
    """Three minutes end a page at 20 to 1: 17 of 21 do the hour, as 17 ln 4 - 15.75 is 7.82, over 3 phi.

    By 14 it is 3.66. The hour has 273 - 105 ln(378 / 105), which is 138.5, by 1.8 and 0.03^2 of 378; the ten
    minutes have 33 - 30 ln(63 / 30), which is 10.74, by 1.8 and 0.03^2 of 63.
    """
    assert hour_with(ten=30, three=three) == pytest.approx(score, abs=0.01)
    assert hour_with(ten=30, three=three, paged=True) == pytest.approx(paged, abs=0.05)


def test_dispersion_is_variance_by_mean() -> None:
    """1, 3, 5, 3, 3: mean 3, squares 4 + 4 over 4 is 2, so 2 / 3; nothing counted is no number."""
    assert dispersion(array(1, 3, 5, 3, 3), np.ones(5)) == pytest.approx(2 / 3)
    assert np.isnan(dispersion(array(0, 0, 0, 0, 0), np.ones(5)))


@pytest.mark.parametrize(
    ("values", "counts"), [((2, 6, 4), (1, 2, 1)), ((2, 6, 4, 0), (1, 2, 1, 0))], ids=["each", "an empty one"]
)
def test_prices_scatter_around_what_as_many_are_worth(
    values: tuple[int, ...], counts: tuple[int, ...]
) -> None:
    """12 for 4 is 3 each, so 3, 6, 3 were usual: 2 / 3 over 2 is 1 / 3; an empty minute tells nothing."""
    assert dispersion(array(*values), array(*counts)) == pytest.approx(1 / 3)


@pytest.mark.parametrize("true", [1, 5, 30])
def test_phi_is_found_again(true: int) -> None:
    """Of five negative binomial minutes a block, though one block in ten has a burst of five times."""
    random = np.random.default_rng(1)
    mean = 1_000.0
    excess = max(true - 1, 1e-9)
    counts = random.poisson(random.gamma(mean / excess, excess, (3_000, 5)) if true > 1 else mean, (3_000, 5))
    counts[::10, 0] *= 5
    ratios = dispersion(counts.astype(np.float64), np.ones(counts.shape))[None]
    sums = counts.sum(axis=1).astype(np.float64)[None]
    noise = phi(ratios, np.ones(ratios.shape, np.bool_), np.array([False]), sums, np.ones(1))
    assert noise[0] == pytest.approx(true, rel=0.25)


def test_the_spread_of_a_level_is_found_again_without_what_counting_scatters() -> None:
    """Levels that stray by 5 % under counts that scatter by 3 %: c is 5 %, not 6."""
    random = np.random.default_rng(2)
    usual = np.full((1, 8_064), 1_000.0)
    seen = random.poisson(usual * (1 + random.normal(0, 0.05, usual.shape))).astype(np.float64)
    valid = np.ones(usual.shape, np.bool_)
    spread = strays((seen, usual), valid, array(1), np.array([False]), (1,))
    assert spread[0, 0] == pytest.approx(0.05, rel=0.15)


def test_what_dips_every_few_days_is_part_of_the_spread() -> None:
    """One block in 500 at a half: c is at least 0.5 / 3.09 = 16 %, so that the next one wakes nobody."""
    seen, usual = np.full((1, 8_000), 100_000.0), np.full((1, 8_000), 100_000.0)
    seen[0, ::500] /= 2
    spread = strays((seen, usual), np.ones(usual.shape, np.bool_), array(1), np.array([False]), (1,))
    assert spread[0, 0] == pytest.approx(0.5 / 3.09, rel=0.01)


def test_growth_is_the_median_of_hourly_ratios() -> None:
    """5 % a week for five weeks, with an hour of a thousandfold: 1.05, 1.1025, 1.157625 and 1.21550625."""
    weeks = np.repeat(1.05 ** np.arange(5), 2_016) * 1_000
    weeks[9_000:9_012] *= 1_000
    ratio = growth(weeks, np.ones(weeks.shape, np.bool_), np.array(20_000))
    assert ratio == pytest.approx([1.05, 1.05**2, 1.05**3, 1.05**4])


def test_the_median_leaves_out_what_is_not_valid() -> None:
    """Of 1, 2, 9 and an invalid 500 it is 2; of nothing it is no number."""
    values = np.array([[1, 2, 9, 500], [1, 2, 3, 4]], np.float64)
    valid = np.array([[True, True, True, False], [False] * 4])
    middle = median(values, valid)
    assert middle[0] == 2
    assert np.isnan(middle[1])


def test_the_hour_is_trusted_as_far_as_counting_allows() -> None:
    """The last hour is 0.8 of 90,000: phi / m is 1/90,000, so the trust is 0.0009 / 0.000911."""
    usual = np.full((1, 24), 22_500.0)
    seen = usual.copy()
    seen[0, -4:] *= 0.8
    told = level(seen, usual, np.ones(usual.shape, np.bool_), array(1))
    assert told.today[0] == 1
    assert told.hour[0] == pytest.approx(1 - 0.2 * 0.0009 / (0.0009 + 1 / 90_000))


def test_phi_knows_of_dear_parts_that_most_blocks_lack() -> None:
    """Ten records of 1 a block, and in one of ten a record of 100: the median block knows only the former.

    Of a block 10 records of 1 and 0.1 of 100 are expected: E x^2 / E x = (10 + 1,000) / 20 = 50.5.
    """
    random = np.random.default_rng(3)
    minutes = random.poisson(2.0, (20_000, 5)) + 100 * random.poisson(0.02, (20_000, 5))
    ratios = dispersion(minutes.astype(np.float64), np.ones(minutes.shape))[None]
    sums = minutes.sum(axis=1).astype(np.float64)[None]
    every = np.ones(ratios.shape, np.bool_)
    assert phi(ratios, every, np.array([False]), sums, np.ones(1))[0] < 2
    assert phi(ratios, every, np.array([False]), sums, np.full(1, 100.0))[0] == pytest.approx(50.5, rel=0.1)
    assert phi(ratios, every, np.array([False]), sums, np.full(1, 30.0))[0] == 30
