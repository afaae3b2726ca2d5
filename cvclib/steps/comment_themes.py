"""What customers write in words of their own: themes, who raises them, and the words that part two groups.

Shows no comment but short redacted ones, and none of a theme that few raise.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy import stats

from cvclib.client import Client
from cvclib.methods import shares
from cvclib.methods.estimate import Estimate
from cvclib.methods.keyness import keyness
from cvclib.methods.scores import DETRACTOR_UP_TO, PROMOTER_FROM
from cvclib.methods.themes import FEWEST_COMMENTS, Themes, find_themes
from cvclib.methods.words import NEGATIONS, Words, cut, folded, is_empty, languages, listed_stop_words, stop_words_of_the_data
from cvclib.privacy import MASK
from cvclib.steps.comments import FEWEST_TO_SHARE
from cvclib.steps.memo import once_per_client
from cvclib.steps.questions import TooFewAnswersError
from cvclib.steps.quotations import names_of_customers, redactor

CODED_FROM = 0.5  # share of the comments given word for word by several, from which they are taken as coded
WORDS_OF_A_SENTENCE = 3  # shorter comments ("very good") are alike in any language
QUOTES, CANDIDATES = 2, 60  # shown for each theme; looked at for it
SHORTEST_QUOTE, LONGEST_TO_QUOTE = 4, 220  # words; characters, as what is cut much is no quote
NAMED_BY = 3  # leading words that a theme is called by
FEWEST_SPEAKERS = 10  # who use a word, for it to be compared
FEWEST_OF_A_SIDE = 20  # promoters, and detractors, below whom their words are not compared
SUBSUMED = 0.75  # of a word's speakers who say it in a pair of words that is shown
COLUMNS = (
    "theme", "words", "n", "share", "low", "high", "score", "score_low", "score_high", "here", "here_low", "here_high", "there", "there_low",
    "there_high", "difference", "difference_low", "difference_high", "stability", "lift", "quotes",
)  # fmt: skip


class Given(NamedTuple):
    """Comments as they are read, one row a respondent, and what was set aside before.

    Parameters
    ----------
    frame : pandas.DataFrame
        ``comment``, ``key`` (folded), ``score``, ``side`` (1 promoter, -1 detractor, 0 neither), ``weight`` (NaN where
        none are supplied) and ``speaker``.
    metric : str
        The question that `score` answers; empty where none was asked.
    commented, empty, repeated : int
        Comments given, those that say nothing, those that one customer gave again in the same words.
    coded : bool
        Whether they look coded: most are given word for word by several.
    """

    frame: pd.DataFrame
    metric: str
    commented: int
    empty: int
    repeated: int
    coded: bool

    @property
    def sides(self) -> tuple[str, str]:
        """What the two groups compared are called."""
        return ("promoters", "detractors") if self.metric == "nps" else ("the satisfied", "the dissatisfied")

    @property
    def weighted(self) -> bool:
        """Whether the answers have sampling weights."""
        return bool(self.frame["weight"].notna().any())


class Said(NamedTuple):
    """Themes of a client's comments.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row a stable theme raised by enough respondents: ``theme``, ``words``, ``n``, ``share``, ``low``, ``high``, ``score``,
        ``score_low``, ``score_high``, ``here`` and ``there`` (share of promoters and of detractors who raise it), each
        with ``_low`` and ``_high``, ``difference`` with ``difference_low``, ``difference_high``, ``p_adjusted``, ``stability``, ``lift``
        and ``quotes`` (tuple of str).
    in_none : Estimate
        Share of the comments in none of these themes.
    unstable : int
        Themes that did not hold and are not stated.
    choice : pandas.DataFrame
        As `cvclib.methods.themes.Themes.choice`.
    """

    frame: pd.DataFrame
    in_none: Estimate
    unstable: int
    choice: pd.DataFrame


@once_per_client
def given_comments(client: Client) -> Given:
    """Read the comments of the period, without the empty and the repeated.

    Parameters
    ----------
    client : Client

    Returns
    -------
    Given

    Raises
    ------
    MissingDataError, TooFewAnswersError
        If there are no comments, or none in the period.
    """
    client.require("survey.comment")
    survey = client.tables.survey
    survey = client.in_period(survey, "responded_at") if client.has("survey.responded_at") else survey
    scores = survey.group_by("response_id").aggregate(
        weight=survey.weight.max(),
        customer_id=survey.customer_id.max(),
        **{metric: survey.score.mean(where=survey.metric == metric) for metric in ("nps", "overall", "csat")},
    )
    written = survey.mutate(comment=survey.comment.strip()).filter(lambda t: t.comment.notnull() & (t.comment != ""))
    written = written.select("response_id", "comment").distinct()
    written = written.group_by("response_id").aggregate(comment=written.comment.group_concat(" ", order_by=written.comment))
    frame = written.left_join(scores, "response_id").drop("response_id_right").order_by("response_id").to_pandas()
    if frame.empty:
        raise TooFewAnswersError("No comment was given in the period.")
    metric = next((m for m in ("nps", "overall", "csat") if frame[m].notna().any()), "")
    frame["score"] = frame[metric] if metric else np.nan
    frame["side"] = _side(client, frame["score"].to_numpy(float), metric)
    frame["speaker"] = frame["customer_id"].where(frame["customer_id"].notna(), "response " + frame["response_id"])
    frame["key"] = [folded(" ".join(text.split())) for text in frame["comment"]]
    commented = len(frame)
    empty = np.array([is_empty(text) for text in frame["comment"]], dtype=bool)
    frame = frame[~empty]
    repeated = frame.duplicated(["speaker", "key"])
    frame = frame[~repeated].reset_index(drop=True)
    kept = frame[["comment", "key", "score", "side", "weight", "speaker"]]
    return Given(kept, metric, commented, int(empty.sum()), int(repeated.sum()), _coded(frame["key"]))


def _side(client: Client, score: np.ndarray, metric: str) -> np.ndarray:
    """Promoters and detractors; with another question the two highest answers, and those below the middle of the scale."""
    if not metric:
        return np.zeros(len(score), dtype=int)
    if metric == "nps":
        return (score >= PROMOTER_FROM).astype(int) - (score <= DETRACTOR_UP_TO)
    low, high = getattr(client.params.scales, metric)
    return (score >= high - 1).astype(int) - (score < (low + high) / 2)


def _coded(keys: pd.Series) -> bool:
    sentences = keys[keys.str.count(r"\s") >= WORDS_OF_A_SENTENCE - 1]
    if sentences.empty:
        sentences = keys
    return bool(len(sentences)) and bool((sentences.map(sentences.value_counts()) >= FEWEST_TO_SHARE).mean() >= CODED_FROM)


@once_per_client
def comment_words(client: Client) -> tuple[Words, frozenset[str], tuple[str, ...]]:
    """The comments cut into words, the words that are never shown, and the languages that their lists are for.

    Parameters
    ----------
    client : Client

    Returns
    -------
    (Words, frozenset of str, tuple of str)
        Never shown are the stop words of the lists, and names of customers.
    """
    words = cut(given_comments(client).frame["comment"].tolist())
    spoken = languages(words)
    names = names_of_customers(client)
    like_names = {name for name, spelled in zip(words.names, words.spelled, strict=True) if name in names and spelled[:1].isupper()}
    return words, listed_stop_words(spoken) | like_names, spoken


@once_per_client
def comment_themes(client: Client, *, seed: int = 1) -> Said:
    """Find the themes of the comments, how many raise each, and how they and the others judge.

    Parameters
    ----------
    client : Client
    seed : int

    Returns
    -------
    Said
        Shares are of all comments that say something; weighted where the client supplies weights. Promoters are
        compared with detractors by Fisher's exact test (weighted: by the difference over its standard error),
        corrected over the themes.

    Raises
    ------
    MissingDataError, TooFewAnswersError
        Without comments, or with too few for themes.
    """
    given = given_comments(client)
    words, left_out, _ = comment_words(client)
    found = find_themes(words, left_out | stop_words_of_the_data(words), seed=seed) if len(given.frame) >= FEWEST_COMMENTS else None
    if found is None:
        raise TooFewAnswersError(
            f"{len(given.frame):,} comments say something; themes need {FEWEST_COMMENTS} or more that differ from each other. "
            "None is shown alone: a comment may name a person."
        )
    minimum = max(client.params.report.minimum_group, FEWEST_TO_SHARE)
    stated = np.flatnonzero(found.stable & (found.member.sum(axis=0) >= minimum))
    spelled = dict(zip(words.names, words.spelled, strict=True))
    quoted = _quotes(client, given, found, stated)
    rows = [_theme(given, found, i, spelled) | {"quotes": quoted[i]} for i in stated]
    frame = pd.DataFrame(rows, columns=[*COLUMNS, "p"])
    frame["p_adjusted"] = shares.benjamini_hochberg(frame.pop("p").to_numpy(float))
    in_none = _share(~found.member[:, stated].any(axis=1), given.frame["weight"])
    return Said(frame, in_none, int((~found.stable).sum()), found.choice)


def _share(has: np.ndarray, weights: pd.Series) -> Estimate:
    if len(has) and weights.notna().any():
        return shares.weighted_share(has, weights.fillna(1.0).to_numpy(float))
    return shares.share(int(has.sum()), len(has))


def _theme(given: Given, found: Themes, i: int, spelled: dict[str, str]) -> dict[str, object]:
    frame, member = given.frame, found.member[:, i]
    names = [spelled[word] for word in found.words[i]]
    whole = _share(member, frame["weight"])
    scored = member & frame["score"].notna().to_numpy()
    weights = frame["weight"].fillna(1.0).to_numpy(float)[scored] if given.weighted else None
    score = shares.mean(frame["score"].to_numpy(float)[scored], weights) if scored.any() else Estimate(np.nan, np.nan, np.nan, 0)
    side = frame["side"].to_numpy()
    here, there = (_share(member[side == s], frame["weight"][side == s]) for s in (1, -1))
    d = shares.difference(here, there)
    row = {"theme": ", ".join(names[:NAMED_BY]), "words": ", ".join(names), "n": int(member.sum())}
    named = (("share", whole), ("score", score), ("here", here), ("there", there), ("difference", d))
    for name, estimate in named:
        low, high = ("low", "high") if name == "share" else (f"{name}_low", f"{name}_high")
        row |= {name: estimate.value, low: estimate.low, high: estimate.high}
    stability = {"stability": float(found.stability[i]), "lift": float(found.lift[i])}
    return row | stability | {"p": _p_value(member, side, d, weighted=given.weighted)}


def _p_value(member: np.ndarray, side: np.ndarray, difference: Estimate, *, weighted: bool) -> float:
    if not (side > 0).any() or not (side < 0).any():
        return float("nan")
    if weighted:
        return shares.p_value(difference)
    cells = [[int((member & (side == s)).sum()), int((~member & (side == s)).sum())] for s in (1, -1)]
    return float(stats.fisher_exact(cells).pvalue)


def _quotes(client: Client, given: Given, found: Themes, stated: np.ndarray) -> dict[int, tuple[str, ...]]:
    """Typical comments of each theme: close to it, of some words, those first in which nothing had to be masked."""
    if not len(stated):
        return {}
    texts = given.frame["comment"].tolist()
    redact = redactor(client, texts)
    n_words = given.frame["comment"].str.count(r"\s+").to_numpy() + 1
    fits = (n_words >= SHORTEST_QUOTE) & (given.frame["comment"].str.len().to_numpy() <= LONGEST_TO_QUOTE)
    quotes, used, side = {}, set(), given.frame["side"].to_numpy()
    for i in stated:
        closeness = np.where(found.member[:, i] & fits, found.closeness[:, i], -1.0)
        near = [at for at in np.argsort(-closeness, kind="stable")[:CANDIDATES] if closeness[at] > 0]
        masked = {at: redact(texts[at]) for at in near}
        best, words_of_best = [], []
        typical = np.sign(side[found.member[:, i]].sum())  # of those who raise it more, not the odd one out
        order = sorted(
            near, key=lambda at: (MASK in masked[at], masked[at].endswith("…"), side[at] != typical, -closeness[at] * min(n_words[at], 8))
        )
        for at in order:
            words = frozenset(folded(masked[at]).split())
            alike = any(len(words & other) > 0.6 * min(len(words), len(other)) for other in words_of_best)
            if len(best) < QUOTES and not alike and given.frame["key"][at] not in used:
                best.append(masked[at])
                words_of_best.append(words)
                used.add(given.frame["key"][at])
        quotes[i] = tuple(best)
    return quotes


@once_per_client
def key_words(client: Client) -> pd.DataFrame:
    """Words and pairs of words that promoters use and detractors do not, and the reverse.

    Parameters
    ----------
    client : Client

    Returns
    -------
    pandas.DataFrame
        ``word``, ``here`` and ``there`` (promoters and detractors who use it, each counted once), the columns of
        `cvclib.methods.keyness.keyness`; sorted by the log ratio. Pairs hold no stop word but a negation before.

    Raises
    ------
    MissingDataError, TooFewAnswersError
        Without comments, or with fewer than 20 promoters or 20 detractors who wrote.
    """
    given = given_comments(client)
    words, left_out, _ = comment_words(client)
    speakers, side, weight = _speakers(given)
    n_here, n_there = int((side > 0).sum()), int((side < 0).sum())
    if min(n_here, n_there) < FEWEST_OF_A_SIDE:
        raise TooFewAnswersError(
            f"{n_here:,} of {given.sides[0]} and {n_there:,} of {given.sides[1]} wrote something; "
            f"{FEWEST_OF_A_SIDE} of each are needed to compare their words."
        )
    singles, pairs = _spoken(words, left_out, speakers)
    here = _counts(pd.concat([singles, pairs]), side > 0, weight)
    there = _counts(pd.concat([singles, pairs]), side < 0, weight)
    people = pd.concat([singles, pairs]).groupby("term")["speaker"].nunique()
    minimum = max(client.params.report.minimum_group, FEWEST_SPEAKERS)
    terms = people.index[(people >= minimum).to_numpy()]
    sizes = [_effective(weight[side == s]) for s in (1, -1)]
    table = keyness(here.reindex(terms, fill_value=0), there.reindex(terms, fill_value=0), *sizes)
    parts = pd.DataFrame(terms.tolist(), columns=["first", "second"])
    spelled = words.spelled
    label = [spelled[a] if b < 0 else f"{spelled[a]} {spelled[b]}" for a, b in parts.itertuples(index=False)]
    frame = table.assign(word=label, first=parts["first"], second=parts["second"], n=people.reindex(terms).to_numpy())
    return frame.sort_values(["log_ratio", "word"], ascending=[False, True], ignore_index=True)


def _speakers(given: Given) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Number of the speaker behind each comment (-1 for neither side), and the side and weight of each speaker.

    One who wrote on both sides counts on the side of the later answer in the table.
    """
    frame = given.frame
    codes, _ = pd.factorize(frame["speaker"])
    last = pd.Series(frame["side"].to_numpy()).groupby(codes).last().to_numpy()
    weight = frame["weight"].fillna(1.0).groupby(codes).mean().to_numpy()
    return np.where(frame["side"].to_numpy() == last[codes], codes, -1), last, weight


def _spoken(words: Words, left_out: frozenset[str], speakers: np.ndarray) -> tuple[pd.DataFrame, pd.DataFrame]:
    telling = ~np.isin(words.names, list(left_out))
    first_of_pair = telling | np.isin(words.names, list(NEGATIONS))
    comment, first, second = words.pairs()
    kept = first_of_pair[first] & telling[second]
    tables = []
    for at, a, b in (
        (words.comment[telling[words.word]], words.word[telling[words.word]], None),
        (comment[kept], first[kept], second[kept]),
    ):
        table = pd.DataFrame({"speaker": speakers[at], "first": a, "second": -1 if b is None else b}).drop_duplicates()
        table = table[table["speaker"] >= 0]
        tables.append(table.assign(term=list(zip(table["first"], table["second"], strict=True))))
    return tables[0], tables[1]


def _counts(table: pd.DataFrame, on_side: np.ndarray, weight: np.ndarray) -> pd.Series:
    here = table[on_side[table["speaker"].to_numpy()]]
    total = weight[on_side].sum()
    summed = pd.Series(weight[here["speaker"].to_numpy()], index=here.index).groupby(here["term"]).sum()
    return np.minimum(summed / total, 1.0) * _effective(weight[on_side])


def _effective(weight: np.ndarray) -> float:
    return float(weight.sum() ** 2 / (weight**2).sum())


def telling_words(frame: pd.DataFrame, alpha: float) -> pd.DataFrame:
    """The words that part the two sides beyond chance, without those that only stand in a pair that is shown.

    Parameters
    ----------
    frame : pandas.DataFrame
        As `key_words` returns it.
    alpha : float
        Adjusted p value below which a word is kept.

    Returns
    -------
    pandas.DataFrame
        Rows of `frame`, the same columns.
    """
    clear = frame[frame["p_adjusted"] < alpha]
    pairs = clear[clear["second"] >= 0]
    said_in_pair = {
        row.Index
        for row in clear[clear["second"] < 0].itertuples()
        if (pairs.loc[(pairs["first"] == row.first) | (pairs["second"] == row.first), "n"] >= SUBSUMED * row.n).any()
    }
    return clear[~clear.index.isin(said_in_pair)]
