"""What something did that was given to some and not to others, by nobody's lot: weighting, double robustness, doubt.

Takes arrays of covariates, of who was treated and of what followed; knows nothing of customers. Logistic regressions are
fitted by Newton's method with a very small ridge, so that a covariate that parts the groups does not stop the fit but
shows in the overlap; without one they are those of statsmodels' Logit.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from cvclib.methods.estimate import Z_95, Estimate

OVERLAP = (0.1, 0.9)  # probabilities of treatment outside are left out (Crump et al. 2009)
MOST_LEFT_OUT = 0.5  # share left out beyond which there is no overlap to speak of
FEWEST_TREATED = 50  # units needed in each group after trimming
FEWEST_EFFECTIVE = 30  # units that the weights of each group must be worth
FEWEST_COVERING = 400  # units from which the interval covers as it says, with two covariates (simulated)
BALANCED = 0.1  # standardised mean difference up to which groups count as alike
MOST_UNBALANCED = 0.25  # beyond it after weighting the groups cannot be compared (Rubin 2001)
PROPENSITY_RIDGE = 1e-4  # keeps the fit finite where a covariate parts the groups
OUTCOME_RIDGE = 1.0  # one observation's worth: a rare level of a covariate does not run away with the outcome
_ROUNDS = 50

Outcome = Literal["logistic", "linear"]


class NoOverlapError(ValueError):
    """Treated and untreated are too unlike, or too few, to be compared."""


class TreatmentEffect(NamedTuple):
    """What a treatment seems to have done, and how far treated and untreated could be made alike.

    Parameters
    ----------
    ate : Estimate
        Mean difference it makes over all units kept, doubly robust; n is their number.
    att : Estimate
        The same over those treated; n is their number.
    weighted : Estimate
        Over all units kept, by stabilised inverse probability weights alone.
    raw : Estimate
        Difference as seen, with no weights.
    ratio : Estimate
        Outcome if all were treated over outcome if none were; NaN where one is not above 0.
    if_treated, if_untreated : float
        Outcome if all, and if none, of those kept were treated.
    n, n_treated : int
        Units kept, and those of them that were treated.
    left_out : int
        Units trimmed because their like were nearly all treated, or nearly all not.
    propensity : ndarray of float
        Probability of treatment of every unit handed in.
    balance : pandas.DataFrame
        A row a covariate: ``covariate``, ``before``, ``after`` (standardised mean differences).
    """

    ate: Estimate
    att: Estimate
    weighted: Estimate
    raw: Estimate
    ratio: Estimate
    if_treated: float
    if_untreated: float
    n: int
    n_treated: int
    left_out: int
    propensity: np.ndarray
    balance: pd.DataFrame


def treatment_effect(
    covariates: pd.DataFrame, treated: ArrayLike, outcome: ArrayLike, *, model: Outcome = "logistic", overlap: tuple[float, float] = OVERLAP
) -> TreatmentEffect:
    """Estimate what a treatment did, for units alike in all covariates given.

    Parameters
    ----------
    covariates : pandas.DataFrame, shape (n_units, n_covariates)
        Numbers without blanks, all fixed before the treatment; categories as indicators. Without a column the groups
        are taken as they are.
    treated : array-like of bool, shape (n_units,)
    outcome : array-like of float, shape (n_units,)
        0 or 1 for a logistic model.
    model : {"logistic", "linear"}
        How the outcome depends on the covariates in each group.
    overlap : (float, float)
        Probabilities of treatment between which units are kept; the effect is that on those kept.

    Returns
    -------
    TreatmentEffect

    Raises
    ------
    NoOverlapError
        If too few are treated or untreated, if more than half have hardly any counterpart, if the weights rest on too few, or
        if weighting leaves the groups unlike.

    Notes
    -----
    With propensity e (logistic), treatment A, outcome Y and outcome models m₁, m₀ fitted in each group, the augmented
    inverse probability weighted estimate is the mean of ``m₁ - m₀ + A (Y - m₁)/e - (1-A)(Y - m₀)/(1-e)``; that for the
    treated is the mean over the treated of ``(A - (1-A) e/(1-e)) (Y - m₀)``. Both are right if one of the two models is; the
    interval is made from the influence function, whose mean they are, and is right where both are. Weights alone are
    stabilised, ``P(A)/P(A | x)``, each group's scaled to one, which leaves the means of Hájek; their error takes account
    that e was estimated. All of it takes for granted that nothing unseen drives both treatment and outcome: see `e_value`.

    References
    ----------
    .. [1] J. K. Lunceford, M. Davidian, "Stratification and weighting via the propensity score", Statistics in Medicine 23, 2004.
    .. [2] R. K. Crump, V. J. Hotz, G. W. Imbens, O. A. Mitnik, "Dealing with limited overlap in estimation of average
       treatment effects", Biometrika 96, 2009.

    Examples
    --------
    >>> rng = np.random.default_rng(4)
    >>> ill = rng.random(4000) < 0.5
    >>> given = rng.random(4000) < np.where(ill, 0.7, 0.3)
    >>> well = rng.random(4000) < 0.5 - 0.3 * ill + 0.1 * given
    >>> found = treatment_effect(pd.DataFrame({"ill": ill}), given, well)
    >>> round(found.raw.value, 2), round(found.ate.value, 2)
    (-0.0, 0.11)
    """
    a, y = np.asarray(treated, dtype=bool), np.asarray(outcome, dtype=float)
    x = covariates.to_numpy(dtype=float)
    _enough(a)
    propensity = logistic_fit(x, a, ridge=PROPENSITY_RIDGE)
    kept = (propensity >= overlap[0]) & (propensity <= overlap[1])
    if kept.mean() < 1 - MOST_LEFT_OUT:
        raise NoOverlapError(f"treated and untreated hardly overlap: {1 - kept.mean():.0%} have next to no counterpart")
    a_kept, y_kept, x_kept = a[kept], y[kept], x[kept]
    _enough(a_kept)
    e = propensity if kept.all() else logistic_fit(x_kept, a_kept, ridge=PROPENSITY_RIDGE)
    e = np.clip(e, 0.01, 0.99)
    balance = _balance(covariates.columns, x, a, x_kept, a_kept, e)
    _comparable(balance, a_kept, e)
    m1, m0 = (_predicted(x_kept, y_kept, group, model) for group in (a_kept, ~a_kept))
    psi1 = m1 + a_kept * (y_kept - m1) / e
    psi0 = m0 + ~a_kept * (y_kept - m0) / (1 - e)
    return TreatmentEffect(
        ate=_mean(psi1 - psi0),
        att=_on_treated(a_kept, y_kept, m0, e),
        weighted=_weighted(x_kept, a_kept, y_kept, e),
        raw=_raw(a, y),
        ratio=_ratio(psi1, psi0),
        if_treated=float(psi1.mean()),
        if_untreated=float(psi0.mean()),
        n=int(kept.sum()),
        n_treated=int(a_kept.sum()),
        left_out=int((~kept).sum()),
        propensity=propensity,
        balance=balance,
    )


def logistic_fit(x: np.ndarray, y: ArrayLike, *, ridge: float = 0.0, predict: np.ndarray | None = None) -> np.ndarray:
    """Fit a logistic regression with an intercept, and give the probabilities it tells.

    Parameters
    ----------
    x : ndarray of float, shape (n, k)
    y : array-like of bool, shape (n,)
    ridge : float
        Penalty on half the squared coefficient of each standardised covariate; the intercept bears none.
    predict : ndarray of float, shape (m, k), optional
        Units to tell the probability of; `x` by default.

    Returns
    -------
    ndarray of float, shape (n,) or (m,)

    Examples
    --------
    With one covariate of two values the fit is the share of each:

    >>> x = np.array([[0.0], [0.0], [1.0], [1.0], [1.0]])
    >>> logistic_fit(x, [True, False, True, True, False]).round(3).tolist()
    [0.5, 0.5, 0.667, 0.667, 0.667]
    """
    y = np.asarray(y, dtype=float)
    centre, spread = x.mean(axis=0), x.std(axis=0)
    moves = spread > 0
    design = np.column_stack([np.ones(len(x)), (x[:, moves] - centre[moves]) / spread[moves]])
    penalty = np.r_[0.0, np.full(int(moves.sum()), ridge)]
    beta = np.zeros(design.shape[1])
    share = np.clip(y.mean(), 1e-6, 1 - 1e-6)
    beta[0] = np.log(share / (1 - share))
    for _ in range(_ROUNDS):
        p = _expit(design @ beta)
        slope = design.T @ (y - p) - penalty * beta
        curve = (design * (p * (1 - p))[:, None]).T @ design + np.diag(penalty)
        step = np.linalg.lstsq(curve, slope, rcond=None)[0]  # covariates may repeat one another
        beta = beta + step * min(1.0, 5.0 / max(np.abs(step).max(), 1e-12))
        if np.abs(step).max() < 1e-9:
            break
    of = x if predict is None else predict
    return _expit(np.column_stack([np.ones(len(of)), (of[:, moves] - centre[moves]) / spread[moves]]) @ beta)


class EValue(NamedTuple):
    """How strong something unseen would have to be to explain an association away.

    Parameters
    ----------
    estimate : float
        Risk ratio that it would need with the treatment and with the outcome each, 1 for none at all.
    limit : float
        The same to move the nearer end of the interval to 1; 1 where the interval holds 1 already.
    """

    estimate: float
    limit: float


def e_value(ratio: Estimate) -> EValue:
    """Compute the E-value of a risk ratio and of the limit of its interval nearer to 1.

    Parameters
    ----------
    ratio : Estimate
        A risk ratio, above 0, with its interval.

    Returns
    -------
    EValue

    Raises
    ------
    ValueError
        If the ratio is not above 0.

    Notes
    -----
    ``RR + sqrt(RR (RR - 1))``; a ratio below 1 is turned over first.

    References
    ----------
    .. [1] T. J. VanderWeele, P. Ding, "Sensitivity analysis in observational research: introducing the E-value", Annals of
       Internal Medicine 167, 2017.

    Examples
    --------
    The authors' example, breastfeeding and death by respiratory infection:

    >>> [round(x, 2) for x in e_value(Estimate(3.9, 1.8, 8.7, 520))]
    [7.26, 3.0]
    """
    if not ratio.value > 0:
        raise ValueError(f"ratio must be above 0, but is {ratio.value}")
    if ratio.value < 1:
        turned = 1 / ratio.high if np.isfinite(ratio.high) else np.nan
        return EValue(_e_value(1 / ratio.value), _e_value(max(turned, 1.0)))
    return EValue(_e_value(ratio.value), _e_value(max(ratio.low, 1.0)))


def _e_value(ratio: float) -> float:
    return float(ratio + np.sqrt(ratio * (ratio - 1)))


def _expit(z: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-np.clip(z, -500, 500)))


def _enough(a: np.ndarray) -> None:
    fewest = int(min(a.sum(), (~a).sum()))
    if fewest < FEWEST_TREATED:
        raise NoOverlapError(f"{int(a.sum())} treated and {int((~a).sum())} untreated can be compared; {FEWEST_TREATED} of each are needed")


def _comparable(balance: pd.DataFrame, a: np.ndarray, e: np.ndarray) -> None:
    for w in (1 / e[a], 1 / (1 - e[~a])):
        worth = w.sum() ** 2 / (w**2).sum()
        if worth < FEWEST_EFFECTIVE:
            raise NoOverlapError(f"the weights of one group rest on {worth:.0f} units' worth; {FEWEST_EFFECTIVE} are needed")
    worst = balance["after"].abs().max() if len(balance) else 0.0
    if worst > MOST_UNBALANCED:
        name = balance.loc[balance["after"].abs().idxmax(), "covariate"]
        raise NoOverlapError(f"weighting leaves the groups unlike in {name}: {worst:.2f} standard deviations apart")


def _predicted(x: np.ndarray, y: np.ndarray, group: np.ndarray, model: Outcome) -> np.ndarray:
    """Outcome of all, as that of one group depends on the covariates."""
    if model == "logistic":
        return logistic_fit(x[group], y[group], ridge=OUTCOME_RIDGE, predict=x)
    design = np.column_stack([np.ones(len(x)), x])
    return design @ np.linalg.lstsq(design[group], y[group], rcond=None)[0]


def _mean(psi: np.ndarray) -> Estimate:
    value, half = float(psi.mean()), float(Z_95 * psi.std(ddof=1) / np.sqrt(len(psi)))
    return Estimate(value, value - half, value + half, len(psi))


def _on_treated(a: np.ndarray, y: np.ndarray, m0: np.ndarray, e: np.ndarray) -> Estimate:
    share = a.mean()
    part = np.where(a, 1.0, -e / (1 - e)) * (y - m0) / share
    value = float(part.mean())
    half = float(Z_95 * (part - a * value / share).std(ddof=1) / np.sqrt(len(a)))
    return Estimate(value, value - half, value + half, int(a.sum()))


def _weighted(x: np.ndarray, a: np.ndarray, y: np.ndarray, e: np.ndarray) -> Estimate:
    """Hájek's difference of means; the part of its error that the fitted propensity takes away is taken away."""
    w1, w0 = a / e, ~a / (1 - e)
    one, other = (w1 @ y) / w1.sum(), (w0 @ y) / w0.sum()
    psi = w1 * (y - one) / w1.mean() - w0 * (y - other) / w0.mean()
    score = np.column_stack([np.ones(len(x)), x]) * (a - e)[:, None]
    psi = psi - score @ np.linalg.lstsq(score, psi, rcond=None)[0]
    half = float(Z_95 * psi.std(ddof=1) / np.sqrt(len(a)))
    return Estimate(float(one - other), float(one - other) - half, float(one - other) + half, len(a))


def _raw(a: np.ndarray, y: np.ndarray) -> Estimate:
    value = float(y[a].mean() - y[~a].mean())
    half = float(Z_95 * np.sqrt(y[a].var(ddof=1) / a.sum() + y[~a].var(ddof=1) / (~a).sum()))
    return Estimate(value, value - half, value + half, len(a))


def _ratio(psi1: np.ndarray, psi0: np.ndarray) -> Estimate:
    one, other, n = float(psi1.mean()), float(psi0.mean()), len(psi1)
    if not (one > 0 and other > 0):
        return Estimate(np.nan, np.nan, np.nan, n)
    half = Z_95 * float((psi1 / one - psi0 / other).std(ddof=1)) / np.sqrt(n)
    return Estimate(one / other, one / other * float(np.exp(-half)), one / other * float(np.exp(half)), n)


def _balance(names: pd.Index, x: np.ndarray, a: np.ndarray, x_kept: np.ndarray, a_kept: np.ndarray, e: np.ndarray) -> pd.DataFrame:
    """Standardised mean differences before trimming and weighting and after, both over the spread before."""
    spread = np.sqrt((x[a].var(axis=0) + x[~a].var(axis=0)) / 2)
    spread = np.where(spread > 0, spread, np.nan)
    before = x[a].mean(axis=0) - x[~a].mean(axis=0)
    after = np.average(x_kept[a_kept], axis=0, weights=1 / e[a_kept]) - np.average(x_kept[~a_kept], axis=0, weights=1 / (1 - e[~a_kept]))
    frame = pd.DataFrame({"covariate": names.astype(str), "before": before / spread, "after": after / spread})
    return frame.fillna({"before": 0.0, "after": 0.0})
