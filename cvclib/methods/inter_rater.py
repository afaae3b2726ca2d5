"""Whether several who judge the same things judge alike: Krippendorff's alpha with blanks, Cohen's kappa for two."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from cvclib.methods.estimate import Z_95, Estimate

Level = Literal["nominal", "ordinal", "interval", "ratio"]
LEVELS = ("nominal", "ordinal", "interval", "ratio")


def krippendorffs_alpha(
    ratings: ArrayLike, level: Level = "ordinal", *, rng: np.random.Generator | None = None, replicates: int = 1000
) -> Estimate:
    """Estimate agreement among any number of raters, blanks allowed, on any level of measurement.

    Parameters
    ----------
    ratings : array-like of float, shape (n_units, n_raters)
        What each rater gave each unit; NaN a blank. Units valued by one rater only are left out.
    level : {"nominal", "ordinal", "interval", "ratio"}
        How far apart two values are: only whether they differ; by the values between them; by their difference; by their difference
        relative to their sum.
    rng : numpy.random.Generator, optional
        Draws the bootstrap; without it the interval is NaN.
    replicates : int
        Bootstrap samples of units.

    Returns
    -------
    Estimate
        Alpha: 1 full agreement, 0 as chance would have it, below 0 systematic disagreement; 95% percentile interval; n pairable units.
        NaN where no unit has two values, or all values are the same.

    Raises
    ------
    ValueError
        If `level` is none of these, or `ratings` is no table.

    Notes
    -----
    ``α = 1 - D_o / D_e`` with ``D_o = Σ_u Σ_{c,k} n_uc n_uk δ²(c, k) / (m_u - 1)`` and ``D_e = Σ_{c,k} n_c n_k δ²(c, k) / (n - 1)``, where
    n_uc counts the value c in unit u, m_u the values of u, n_c and n the same over all pairable units. δ² is 1 (nominal),
    ``(Σ_{g=c}^{k} n_g - (n_c + n_k) / 2)²`` (ordinal), ``(c - k)²`` (interval), ``((c - k) / (c + k))²`` (ratio).
    The interval resamples units with all their values.

    References
    ----------
    .. [1] K. Krippendorff, "Computing Krippendorff's Alpha-Reliability", University of Pennsylvania, 2011.
    .. [2] A. Zapf, S. Castell, L. Morawietz, A. Karch, "Measuring inter-rater reliability for nominal data - which coefficients and
       confidence intervals are appropriate?", BMC Medical Research Methodology 16, 2016.

    Examples
    --------
    >>> krippendorffs_alpha([[1, 1], [2, 2], [3, np.nan]], "nominal").value
    1.0
    """
    if level not in LEVELS:
        raise ValueError(f"level must be one of {', '.join(map(repr, LEVELS))}, not {level!r}")
    table = np.asarray(ratings, dtype=float)
    if table.ndim != 2:
        raise ValueError(f"ratings must have a row a unit and a column a rater, but has shape {table.shape}")
    values = np.unique(table[np.isfinite(table)])
    counts = (table[:, :, None] == values).sum(axis=1)
    counts = counts[counts.sum(axis=1) >= 2]
    value = _alpha(counts, np.ones(len(counts)), values, level)
    if rng is None or len(counts) < 2 or not np.isfinite(value):
        return Estimate(value, np.nan, np.nan, len(counts))
    drawn = rng.multinomial(len(counts), np.full(len(counts), 1 / len(counts)), size=replicates)
    low, high = np.nanquantile([_alpha(counts, times, values, level) for times in drawn], [0.025, 0.975])
    return Estimate(value, float(low), float(high), len(counts))


def _alpha(counts: np.ndarray, times: np.ndarray, values: np.ndarray, level: Level) -> float:
    """Alpha where each unit stands in the sample so many times; NaN where nothing differs."""
    totals = times @ counts
    n = totals.sum()
    apart = _apart(totals, values, level)
    sizes = counts.sum(axis=1)
    observed = float(times @ (np.einsum("uc,ck,uk->u", counts, apart, counts) / (sizes - 1))) if len(counts) else 0.0
    expected = float(totals @ apart @ totals) / (n - 1) if n > 1 else 0.0
    return float(1 - observed / expected) if expected > 0 else np.nan


def _apart(totals: np.ndarray, values: np.ndarray, level: Level) -> np.ndarray:
    """How far apart each two values are, squared."""
    if level == "nominal":
        return 1.0 - np.eye(len(values))
    if level == "ordinal":
        place = np.cumsum(totals) - totals / 2  # twice half the end points and all between: the sum over c to k, ends halved
        return np.subtract.outer(place, place) ** 2
    difference = np.subtract.outer(values, values)
    if level == "interval":
        return difference**2
    total = np.add.outer(values, values)
    return np.divide(difference, total, out=np.zeros_like(difference), where=total != 0) ** 2


def cohens_kappa(table: ArrayLike) -> Estimate:
    """Estimate the agreement of two raters beyond chance, from how often each pair of categories came.

    Parameters
    ----------
    table : array-like of int, shape (k, k)
        Rows the first rater's categories, columns the second's, in the same order.

    Returns
    -------
    Estimate
        Kappa: 1 full agreement, 0 as chance would have it; 95% interval; n units. NaN where chance agreement is full.

    Raises
    ------
    ValueError
        If `table` is not square.

    Notes
    -----
    ``κ = (p_o - p_e) / (1 - p_e)`` with the standard error of Fleiss, Cohen and Everitt for large samples; below about 30 units the
    interval is too narrow. With one category far more frequent, kappa is low although the raters seldom differ: look at
    the table too.

    References
    ----------
    .. [1] J. Cohen, "A coefficient of agreement for nominal scales", Educational and Psychological Measurement 20, 1960.
    .. [2] J. L. Fleiss, J. Cohen, B. S. Everitt, "Large sample standard errors of kappa and weighted kappa", Psychological Bulletin 72, 1969.

    Examples
    --------
    >>> round(cohens_kappa([[20, 5], [10, 15]]).value, 12)
    0.4
    """
    counts = np.asarray(table, dtype=float)
    if counts.ndim != 2 or counts.shape[0] != counts.shape[1]:
        raise ValueError(f"table must be square, but has shape {counts.shape}")
    n = counts.sum()
    if n == 0:
        return Estimate(np.nan, np.nan, np.nan, 0)
    p = counts / n
    rows, columns = p.sum(axis=1), p.sum(axis=0)
    observed, chance = float(np.trace(p)), float(rows @ columns)
    if chance >= 1 - 1e-12:
        return Estimate(np.nan, np.nan, np.nan, int(n))
    kappa = (observed - chance) / (1 - chance)
    both = columns[:, None] + rows[None, :]  # in cell (i, j) the second rater's share of i and the first's of j
    on_diagonal = float(np.sum(np.diag(p) * (1 - np.diag(both) * (1 - kappa)) ** 2))
    off_diagonal = (1 - kappa) ** 2 * float(np.sum(p * both**2) - np.sum(np.diag(p) * np.diag(both) ** 2))
    variance = (on_diagonal + off_diagonal - (kappa - chance * (1 - kappa)) ** 2) / (n * (1 - chance) ** 2)
    half = Z_95 * np.sqrt(max(variance, 0.0))
    return Estimate(kappa, max(kappa - half, -1.0), min(kappa + half, 1.0), int(n))
