"""The model of units: against R's lme4, plain numerical integration, and made-up organisations."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import integrate, optimize, special, stats

from analysis.shrinkage import MU_MAX, SIGMA_MAX, UnitModel, fit_units

TEAMS = ((3, 10, 4, 0, 15, 7, 9, 2, 12, 6, 21, 1), (14, 25, 31, 12, 40, 18, 66, 11, 22, 35, 48, 20))
ALIKE = ((2, 3, 5, 4, 6, 3), (20, 28, 49, 41, 62, 30))
#: 5,400 people in 99 groups, published with the R package *multilevel*; beside the project, not part of it.
DATA = Path(__file__).resolve().parents[3] / "shared" / "data" / "bhr2000.csv"
with_real_data = pytest.mark.skipif(not DATA.is_file(), reason=f"the file {DATA.name} is not in ../shared/data")

FRACTIONS = ((2.5, 7.2, 0.0, 11.9, 4.4), (12.5, 17, 22.5, 31, 12.5))


def chance_of_unit(yes: float, n: float, mu: float, sigma: float, of: str = "1") -> float:
    """The integral over b of chance times density, or of that times the share, with scipy's general integrator."""
    ways = math.exp(special.gammaln(n + 1) - special.gammaln(yes + 1) - special.gammaln(n - yes + 1))

    def height(b: float) -> float:
        p = 1 / (1 + math.exp(-mu - sigma * b))
        density = math.exp(-b * b / 2) / math.sqrt(2 * math.pi)
        return ways * p**yes * (1 - p) ** (n - yes) * density * (p if of == "share" else 1)

    return float(integrate.quad(height, -9, 9, points=np.linspace(-6, 6, 9), limit=200, epsabs=0, epsrel=1e-10)[0])


def height_on_grid(yes: np.ndarray, n: np.ndarray, mu: float, sigma: float) -> float:
    """The log likelihood by adding up over a fine, even grid of b, without quadrature rules."""
    b = np.linspace(-8.5, 8.5, 1401)[:, None]
    logits = mu + sigma * b
    terms = yes * logits - n * np.logaddexp(0, logits) - b**2 / 2
    return float(np.sum(special.logsumexp(terms, axis=0) + math.log((b[1, 0] - b[0, 0]) / math.sqrt(2 * math.pi))))


def shares(model: UnitModel) -> np.ndarray:
    return np.array([unit.share for unit in model.units])


def bounds(model: UnitModel) -> np.ndarray:
    return np.array([(unit.interval.low, unit.interval.high) for unit in model.units])


# ------------------------------------------------------------------------------------------ estimates


def test_the_estimates_are_those_of_lme4() -> None:
    # R 4.2.2, lme4 1.1.31: glmer(cbind(y, n - y) ~ 1 + (1 | g), family = binomial, nAGQ = 25,
    # control = glmerControl(optimizer = "bobyqa", optCtrl = list(rhoend = 1e-10))). With nAGQ > 1 its
    # log likelihood leaves out that of the saturated model. The last number is logLik(glm(... ~ 1)).
    mu, sigma, height, alike = -1.189225234, 0.7822812429, -14.54668057, -41.31350946
    found = fit_units(*TEAMS)
    assert (found.mu, found.sigma) == pytest.approx((mu, sigma), abs=1e-6)
    yes, n = (np.array(part) for part in TEAMS)
    saturated = float(stats.binom.logpmf(yes, n, yes / n).sum())
    assert found.log_likelihood - saturated == pytest.approx(height, abs=1e-7)
    assert found.lr_statistic == pytest.approx(2 * (height + saturated - alike), abs=1e-6)


@pytest.mark.parametrize("data", [TEAMS, FRACTIONS])
def test_another_search_on_a_plain_grid_ends_at_the_same_place(
    data: tuple[tuple[float, ...], tuple[float, ...]],
) -> None:
    yes, n = (np.array(part, dtype=float) for part in data)
    search = optimize.minimize(
        lambda point: -height_on_grid(yes, n, point[0], math.exp(point[1])),
        [-1.0, -1.0],
        method="Nelder-Mead",
        options={"xatol": 1e-6, "fatol": 1e-10},
    )
    found = fit_units(yes, n)
    assert (found.mu, found.sigma) == pytest.approx((search.x[0], math.exp(search.x[1])), abs=1e-5)


@pytest.mark.parametrize("data", [TEAMS, FRACTIONS])
def test_likelihood_and_shares_are_those_of_numerical_integration(
    data: tuple[tuple[float, ...], tuple[float, ...]],
) -> None:
    found = fit_units(*data)
    total = 0.0
    for yes, n, unit in zip(*data, found.units, strict=True):
        chance = chance_of_unit(yes, n, found.mu, found.sigma)
        total += math.log(chance)
        expected = chance_of_unit(yes, n, found.mu, found.sigma, of="share") / chance
        assert unit.share == pytest.approx(expected, abs=1e-7)
    assert found.log_likelihood == pytest.approx(total, abs=1e-7)


def test_the_highest_of_two_tops_is_found() -> None:
    # Ten large teams as equal as can be pull the spread to 0, one odd team away from it. The slope at
    # 0 is negative, so that 0 is a top as well.
    yes, n = (np.array([*part, *[large] * 2]) for part, large in (([20], 500), ([20], 1000)))
    p = yes.sum() / n.sum()
    assert float(np.sum((yes - n * p) ** 2 - n * p * (1 - p))) < 0
    found = fit_units(yes, n)
    assert found.sigma > 0.1
    highest = max(height_on_grid(yes, n, mu, s) for mu in np.linspace(0, 3, 31) for s in np.linspace(0.05, 4, 80))
    constant = float(np.sum(np.log(stats.binom.pmf(yes, n, 0.5)) + n * math.log(2)))
    assert highest - 1e-9 <= found.log_likelihood - constant <= highest + 0.01


# ------------------------------------------------------------------------- units that do not differ


def test_units_that_chance_explains_all_get_the_common_share() -> None:
    # R 4.2.2, lme4 1.1.31, call as above: sigma 0 ("singular fit"); logLik(glm(... ~ 1)) -9.198083238.
    found = fit_units(*ALIKE)
    assert found.sigma == 0 and found.median_odds_ratio == 1
    assert found.mu == pytest.approx(math.log(23 / 207), abs=1e-12)
    assert found.log_likelihood == pytest.approx(-9.198083238, abs=1e-8)
    assert shares(found) == pytest.approx([0.1] * 6, abs=1e-12)
    assert (found.lr_statistic, found.p_value) == (0.0, 1.0)
    width = np.diff(bounds(found), axis=1).ravel()
    assert np.all(width > 0.05)  # the spread may still be more than 0
    assert width[4] == width.min()  # the largest unit


def test_the_p_value_is_half_of_that_of_chi_squared() -> None:
    found = fit_units((5, 9, 2, 8, 14), (30, 31, 30, 29, 45))
    assert 0.1 < found.lr_statistic < 5
    assert found.p_value == pytest.approx(float(stats.chi2.sf(found.lr_statistic, 1)) / 2, rel=1e-9)


def test_the_median_odds_ratio_is_the_median_of_drawn_pairs() -> None:
    found = fit_units(*TEAMS)
    rng = np.random.default_rng(5)
    first, second = rng.normal(0, found.sigma, (2, 400_000))
    assert found.median_odds_ratio == pytest.approx(np.median(np.exp(np.abs(first - second))), rel=0.01)


# ------------------------------------------------------------------------------------------ real data


@with_real_data
def test_the_groups_of_a_real_survey_are_shrunk_as_numerical_integration_says() -> None:
    # Of each of the 99 groups, who answers 4 or 5 on one question about leadership.
    answers = pd.read_csv(DATA).groupby("GRP")["AS14"].agg(yes=lambda column: int((column >= 4).sum()), n="size")
    yes, n = answers["yes"].to_numpy(float), answers["n"].to_numpy(float)
    found = fit_units(yes, n)
    search = optimize.minimize(
        lambda point: -height_on_grid(yes, n, point[0], math.exp(point[1])),
        [0.0, -1.0],
        method="Nelder-Mead",
        options={"xatol": 1e-6, "fatol": 1e-9},
    )
    assert (found.mu, found.sigma) == pytest.approx((search.x[0], math.exp(search.x[1])), abs=1e-4)
    for place in (0, 17, 50, 98):
        y, size = yes[place], n[place]
        b = np.linspace(-8.5, 8.5, 4001)
        weight = special.expit(found.mu + found.sigma * b)
        density = np.exp(y * np.log(weight) + (size - y) * np.log1p(-weight) - b**2 / 2)
        assert found.units[place].share == pytest.approx(float(density @ weight / density.sum()), abs=1e-9)
    assert np.std(shares(found)) < np.std(yes / n)


# --------------------------------------------------------------------------------------------- shares


def test_a_share_lies_between_the_raw_one_and_the_typical_one_and_small_units_move_most() -> None:
    found = fit_units((2, 10, 40, 4, 20, 80), (10, 50, 200, 10, 50, 200))
    assert found.sigma > 0
    low, high = shares(found)[:3], shares(found)[3:]
    assert 0.2 < low[2] < low[1] < low[0] < high[0] < high[1] < high[2] < 0.4


def test_yes_and_no_may_change_places() -> None:
    yes, n = (np.array(part) for part in TEAMS)
    found, mirrored = fit_units(yes, n), fit_units(n - yes, n)
    assert (mirrored.mu, mirrored.sigma) == pytest.approx((-found.mu, found.sigma), abs=1e-6)
    assert shares(mirrored) == pytest.approx(1 - shares(found), abs=1e-6)
    assert bounds(mirrored) == pytest.approx(1 - bounds(found)[:, ::-1], abs=1e-4)


def test_the_order_of_units_does_not_matter() -> None:
    order = np.random.default_rng(2).permutation(12)
    found, mixed = fit_units(*TEAMS), fit_units(*(np.array(part)[order] for part in TEAMS))
    assert shares(mixed) == pytest.approx(shares(found)[order], abs=1e-7)
    assert bounds(mixed) == pytest.approx(bounds(found)[order], abs=1e-5)


# ------------------------------------------------------------------------------------------ intervals


@pytest.mark.parametrize(("data", "level"), [(TEAMS, 0.95), (ALIKE, 0.95), (FRACTIONS, 0.8)])
def test_intervals_hold_the_promised_part_of_the_posterior_on_a_plain_grid(
    data: tuple[tuple[float, ...], tuple[float, ...]], level: float
) -> None:
    yes, n = (np.array(part, dtype=float) for part in data)
    mu, sigma = np.meshgrid(np.linspace(-5, 2.5, 76), (np.arange(60) + 0.5) * 0.05, indexing="ij")
    b = np.linspace(-6, 6, 121)
    logits = mu[..., None] + sigma[..., None] * b
    log_density = np.array([y * logits - m * np.logaddexp(0, logits) - b**2 / 2 for y, m in zip(yes, n, strict=True)])
    density = np.exp(log_density - log_density.max(axis=(1, 2, 3), keepdims=True))
    heights = density.sum(axis=-1)
    typical = special.expit(mu)
    posterior = heights.prod(axis=0) * typical * (1 - typical) * np.exp(-(sigma**2) / 2)
    posterior /= posterior.sum()
    for unit, (low, high) in enumerate(bounds(fit_units(yes, n, level=level))):
        weights = density[unit] / heights[unit][..., None] * posterior[..., None]
        tail = (1 - level) / 2
        assert float(weights[special.expit(logits) < low].sum()) == pytest.approx(tail, abs=0.003)
        assert float(weights[special.expit(logits) > high].sum()) == pytest.approx(tail, abs=0.003)


def test_in_drawn_organisations_shares_are_nearer_the_truth_and_intervals_hold_it() -> None:
    rng = np.random.default_rng(20262)
    for sigma, part in ((0.0, 0.4), (0.3, 0.7), (0.6, 0.9)):
        raw, shrunk, held = [], [], []
        for _ in range(20):
            n = rng.integers(10, 81, 30)
            p = special.expit(special.logit(0.2) + sigma * rng.normal(size=30))
            yes = rng.binomial(n, p)
            found = fit_units(yes, n)
            raw.append((yes / n - p) ** 2)
            shrunk.append((shares(found) - p) ** 2)
            held.append((bounds(found)[:, 0] <= p) & (p <= bounds(found)[:, 1]))
        assert np.mean(shrunk) < part**2 * np.mean(raw)
        assert np.mean(held) > 0.92


# ---------------------------------------------------------------------------------------------- edges


@pytest.mark.parametrize(("yes", "share"), [((0, 0, 0), 0.0), ((12, 30, 7), 1.0)])
def test_when_all_say_the_same_the_share_is_theirs_and_the_interval_is_not_empty(
    yes: tuple[int, ...], share: float
) -> None:
    found = fit_units(yes, (12, 30, 7))
    assert (found.sigma, found.lr_statistic, found.p_value) == (0.0, 0.0, 1.0)
    assert abs(found.mu) == MU_MAX
    assert found.log_likelihood == pytest.approx(0, abs=1e-4)
    assert shares(found) == pytest.approx([share] * 3, abs=1e-6)
    assert np.all(np.abs(bounds(found) - share).max(axis=1) > 0.03)


def test_units_that_are_all_yes_or_all_no_stay_within_bounds() -> None:
    found = fit_units((0, 20, 0, 20), (20, 20, 20, 20))
    assert found.sigma == pytest.approx(SIGMA_MAX) and found.mu == pytest.approx(0, abs=1e-6)
    assert np.all((shares(found) > 0) & (shares(found) < 1))
    assert shares(found)[0] == pytest.approx(1 - shares(found)[1], abs=1e-6) and shares(found)[0] < 0.02


@pytest.mark.parametrize(
    ("yes", "n"),
    [((0, 1), (1, 1)), ((1, 20), (100_000, 20)), ((0, 0), (100_000, 3)), ((0.0, 0.3), (0.1, 0.4)),
     ((300,) * 200, (900,) * 200)],
)  # fmt: skip
def test_every_number_is_a_number_in_odd_organisations(yes: tuple[float, ...], n: tuple[float, ...]) -> None:
    found = fit_units(yes, n)
    numbers = [found.mu, found.sigma, found.log_likelihood, found.lr_statistic, found.p_value, found.median_odds_ratio]
    assert np.all(np.isfinite(numbers)) and 0 <= found.p_value <= 1
    for unit in found.units:
        assert 0 <= unit.interval.low <= unit.share <= unit.interval.high <= 1
        assert unit.interval.low < unit.interval.high


@pytest.mark.parametrize(
    ("yes", "n"),
    [
        ((3,), (10,)), ((), ()), ((3, 4), (10,)), ((3, 11), (10, 10)), ((-1, 4), (10, 10)), ((0, 4), (0, 10)),
        ((float("nan"), 4), (10, 10)), ((3, 4), (10, float("inf"))),
    ],
)  # fmt: skip
def test_units_that_cannot_be_are_refused(yes: tuple[float, ...], n: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match=r"unit"):
        fit_units(yes, n)


def test_a_level_is_a_fraction() -> None:
    with pytest.raises(ValueError, match="level"):
        fit_units((3, 4), (10, 10), level=95)
