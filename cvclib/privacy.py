"""What must not be shown: groups too small to hide a person in, and the values of personal columns."""

from __future__ import annotations

from collections.abc import Collection

import pandas as pd

MASK = "•••"  # stands for a personal value in every output


def suppress_small(frame: pd.DataFrame, *, n: str = "n", minimum: int, keep: Collection[str] = ()) -> pd.DataFrame:
    """Blank the figures of groups with fewer members than may be shown.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row a group.
    n : str
        Column with the number of members.
    minimum : int
        Smallest group shown.
    keep : collection of str
        Columns left as they are: those that name the group.

    Returns
    -------
    pandas.DataFrame
        The same rows; those of small groups hold NaN or None in all other columns, `n` included.

    Examples
    --------
    >>> groups = pd.DataFrame({"segment": ["a", "b"], "nps": [30.0, 100.0], "n": [40, 2]})
    >>> suppress_small(groups, minimum=5, keep=["segment"]).to_dict("list")
    {'segment': ['a', 'b'], 'nps': [30.0, nan], 'n': [40.0, nan]}
    """
    small = frame[n] < minimum
    hidden = [column for column in frame.columns if column not in keep]
    return frame.assign(**{column: frame[column].mask(small) for column in hidden})
