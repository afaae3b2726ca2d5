"""Who is linked with whom: who stands between, how far links stay within groups, and which groups the links themselves form.

A network is a frame of ties: ``source``, ``target`` and ``weight`` (how often, how much). It holds at any level: persons, teams,
departments, touchpoints. Ties of a node with itself are no ties here. The algorithms on graphs are those of networkx.
"""

from __future__ import annotations

from typing import NamedTuple

import networkx as nx
import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

LOUVAIN_RUNS = 10  # the algorithm depends on the order of nodes: the best of so many orders is kept


class Whole(NamedTuple):
    """A network as a whole.

    Parameters
    ----------
    n_nodes, n_ties : int
        Ties between two different nodes; both directions of a pair are two ties where direction matters.
    density : float
        Ties as a share of those that could be, 0 to 1.
    reciprocity : float
        Share of ties that are answered by one back; 1 where direction does not matter.
    n_components : int
        Parts without any tie between them.
    """

    n_nodes: int
    n_ties: int
    density: float
    reciprocity: float
    n_components: int


class EiTest(NamedTuple):
    """The E-I index of a network whose nodes belong to groups, beside what chance would bring.

    Parameters
    ----------
    ei : float
        -1 (all ties within groups) to 1 (all between).
    expected, low, high : float
        Mean and 95% range of the index with the groups' names dealt out anew among the nodes.
    p_value : float
        Two-sided, of the permutation test.
    external, internal : float
        Weight of ties between and within groups.
    n_nodes : int
        Nodes whose group is known.
    """

    ei: float
    expected: float
    low: float
    high: float
    p_value: float
    external: float
    internal: float
    n_nodes: int


class Likeness(NamedTuple):
    """How far two divisions of the same nodes are alike.

    Parameters
    ----------
    adjusted_rand : float
        1 the same, 0 as chance would have it.
    mutual_information : float
        Normalised by the mean of both entropies, 0 to 1; with many small groups chance alone lifts it.
    expected_information : float
        Mean of the same with one division dealt out anew.
    p_value : float
        Share of such deals with an adjusted Rand index at least as high.
    n : int
        Nodes.
    """

    adjusted_rand: float
    mutual_information: float
    expected_information: float
    p_value: float
    n: int


def whole(ties: pd.DataFrame, *, directed: bool = True) -> Whole:
    """Describe a network as a whole.

    Examples
    --------
    >>> whole(pd.DataFrame({"source": list("aab"), "target": list("bca"), "weight": [1, 1, 1]}))
    Whole(n_nodes=3, n_ties=3, density=0.5, reciprocity=0.6666666666666666, n_components=1)
    """
    graph = _graph(ties, directed=directed)
    n = graph.number_of_nodes()
    undirected = graph.to_undirected() if directed else graph
    answered = sum(graph.has_edge(b, a) for a, b in graph.edges) / max(graph.number_of_edges(), 1) if directed else 1.0
    components = nx.number_connected_components(undirected) if n else 0
    return Whole(n, graph.number_of_edges(), float(nx.density(graph)), float(answered), components)


def centrality(ties: pd.DataFrame, *, directed: bool = True) -> pd.DataFrame:
    """How central each node is: its ties, how often it stands between others, how near the others are.

    Parameters
    ----------
    ties : pandas.DataFrame
        ``source``, ``target``, ``weight``; weights of 0 or less are no ties.
    directed : bool
        Whether a tie leads one way only.

    Returns
    -------
    pandas.DataFrame
        A row a node, sorted by name: ``node``, ``degree`` (nodes tied to it, in either direction), ``weight_in``, ``weight_out`` (where ties are
        not directed, both the whole weight), ``betweenness``, ``closeness``, both 0 to 1.

    Notes
    -----
    On a shortest path a tie is as long as ``mean weight / weight``: twice as much traffic makes it half as long, and where all weights
    are alike every tie has length 1, which is the network without weights. Betweenness is the share of shortest paths between two others that
    lead through the node, over all pairs. Closeness is ``(r / (n - 1)) · (r / Σ d)`` over the r nodes that can be reached, going
    out from the node (Wasserman and Faust), so that a node in a small part of a broken network is not called close.

    References
    ----------
    .. [1] L. C. Freeman, "Centrality in social networks: conceptual clarification", Social Networks 1, 1979.
    .. [2] T. Opsahl, F. Agneessens, J. Skvoretz, "Node centrality in weighted networks", Social Networks 32, 2010.

    Examples
    --------
    >>> line = pd.DataFrame({"source": ["a", "b"], "target": ["b", "c"], "weight": [5, 5]})
    >>> centrality(line, directed=False)[["node", "betweenness", "closeness"]].round(3).values.tolist()
    [['a', 0.0, 0.667], ['b', 1.0, 1.0], ['c', 0.0, 0.667]]
    """
    graph = _graph(ties, directed=directed)
    even = len({length for _, _, length in graph.edges(data="length")}) <= 1  # then counting steps does, and is quicker by far
    between = nx.betweenness_centrality(graph, weight=None if even else "length")
    outward = graph.reverse(copy=False) if directed else graph  # networkx measures the way to a node, not from it
    close = nx.closeness_centrality(outward, distance=None if even else "length")
    weight_in = dict((graph.in_degree if directed else graph.degree)(weight="weight"))
    weight_out = dict((graph.out_degree if directed else graph.degree)(weight="weight"))
    tied = graph.to_undirected() if directed else graph
    rows = [(node, tied.degree(node), weight_in[node], weight_out[node], between[node], close[node]) for node in sorted(graph)]
    return pd.DataFrame(rows, columns=["node", "degree", "weight_in", "weight_out", "betweenness", "closeness"])


def ei_test(ties: pd.DataFrame, groups: pd.Series, *, rng: np.random.Generator, permutations: int = 1000) -> EiTest:
    """Test whether ties stay within groups, or cross them, more than chance would have it.

    Parameters
    ----------
    ties : pandas.DataFrame
        ``source``, ``target``, ``weight``; ties of a node without a group are left out.
    groups : pandas.Series
        Index node, value its group.
    rng : numpy.random.Generator
    permutations : int
        How often the groups' names are dealt out anew among the nodes, sizes of groups and ties staying as they are.

    Returns
    -------
    EiTest
        NaN where no tie is left.

    Notes
    -----
    ``(E - I) / (E + I)`` over weights. The index by itself depends on the sizes of groups: with ten groups of equal size
    nine in ten ties lead outside by chance, an index of 0.8. So read it beside the expected one.

    References
    ----------
    .. [1] D. Krackhardt, R. N. Stern, "Informal networks and organizational crises: an experimental simulation", Social
       Psychology Quarterly 51, 1988.

    Examples
    --------
    >>> ties = pd.DataFrame({"source": list("abc"), "target": list("bad"), "weight": 1})
    >>> ei_test(ties, pd.Series({"a": 1, "b": 1, "c": 2, "d": 2}), rng=np.random.default_rng(1)).ei
    -1.0
    """
    known = groups.dropna()
    between = _between(ties)
    between = between[between["source"].isin(known.index) & between["target"].isin(known.index)]
    weight = between["weight"].to_numpy(dtype=float)
    if weight.sum() == 0:
        return EiTest(*[np.nan] * 5, 0.0, 0.0, len(known))
    nodes = pd.Index(sorted({*between["source"], *between["target"]} | set(known.index), key=str))
    codes = pd.factorize(known.reindex(nodes))[0]
    a, b = nodes.get_indexer(between["source"]), nodes.get_indexer(between["target"])

    def index_of(dealt: np.ndarray) -> float:
        return float(2 * weight[dealt[a] != dealt[b]].sum() / weight.sum() - 1)

    seen = index_of(codes)
    dealt = np.array([index_of(rng.permutation(codes)) for _ in range(permutations)])
    expected = float(dealt.mean())
    as_far = np.abs(dealt - expected) >= abs(seen - expected) - 1e-12
    low, high = np.quantile(dealt, [0.025, 0.975])
    external = float(weight[codes[a] != codes[b]].sum())
    p_value = (1 + int(as_far.sum())) / (1 + permutations)
    return EiTest(seen, expected, float(low), float(high), p_value, external, float(weight.sum() - external), len(known))


def communities(ties: pd.DataFrame, *, seed: int = 1) -> tuple[pd.Series, float]:
    """Find the groups that ties form by themselves, by the method of Louvain.

    Parameters
    ----------
    ties : pandas.DataFrame
        ``source``, ``target``, ``weight``; both directions of a pair are added up.
    seed : int
        Of the orders in which nodes are gone through.

    Returns
    -------
    (pandas.Series, float)
        Index node, value the number of its community, the largest first from 1; and the modularity: how much more weight lies within
        communities than nodes' weights alone would bring, about 0 (none) to 1. The best of ten runs is kept.

    References
    ----------
    .. [1] V. D. Blondel, J.-L. Guillaume, R. Lambiotte, E. Lefebvre, "Fast unfolding of communities in large networks", Journal of Statistical
       Mechanics, 2008.

    Examples
    --------
    >>> ties = pd.DataFrame({"source": list("abcdefc"), "target": list("bcaefdd"), "weight": [9, 9, 9, 9, 9, 9, 1]})
    >>> found, modularity = communities(ties)
    >>> found.to_dict(), round(modularity, 2)
    ({'a': 1, 'b': 1, 'c': 1, 'd': 2, 'e': 2, 'f': 2}, 0.48)
    """
    graph = _graph(ties, directed=False)
    if graph.number_of_edges() == 0:
        return pd.Series(range(1, len(graph) + 1), index=sorted(graph), dtype=int), np.nan
    runs = [nx.community.louvain_communities(graph, weight="weight", seed=seed + i) for i in range(LOUVAIN_RUNS)]
    scores = [nx.community.modularity(graph, run, weight="weight") for run in runs]
    best = sorted(runs[int(np.argmax(scores))], key=lambda nodes: (-len(nodes), min(map(str, nodes))))
    number = {node: i for i, nodes in enumerate(best, start=1) for node in nodes}
    return pd.Series({node: number[node] for node in sorted(graph)}, dtype=int), float(max(scores))


def likeness(one: ArrayLike, other: ArrayLike, *, rng: np.random.Generator, permutations: int = 1000) -> Likeness:
    """Compare two divisions of the same nodes, such as communities and departments.

    Parameters
    ----------
    one, other : array-like, shape (n,)
        The group of each node in either.
    rng : numpy.random.Generator
    permutations : int
        How often one division is dealt out anew, for the test.

    Returns
    -------
    Likeness

    References
    ----------
    .. [1] L. Hubert, P. Arabie, "Comparing partitions", Journal of Classification 2, 1985.
    .. [2] N. X. Vinh, J. Epps, J. Bailey, "Information theoretic measures for clusterings comparison", Journal of Machine Learning
       Research 11, 2010.

    Examples
    --------
    >>> round(likeness([1, 1, 1, 2, 2], [1, 1, 2, 2, 2], rng=np.random.default_rng(1)).adjusted_rand, 6)
    0.166667
    """
    a, b = pd.factorize(np.asarray(one))[0], pd.factorize(np.asarray(other))[0]
    if a.size != b.size:
        raise ValueError(f"one and other must be of one length, not {a.size} and {b.size}")
    if a.size < 2:
        return Likeness(np.nan, np.nan, np.nan, np.nan, int(a.size))
    rand, information = _alike(a, b)
    dealt = np.array([_alike(rng.permutation(a), b) for _ in range(permutations)])
    p_value = (1 + int(np.sum(dealt[:, 0] >= rand - 1e-12))) / (1 + permutations)
    return Likeness(rand, information, float(dealt[:, 1].mean()), p_value, int(a.size))


def _alike(a: np.ndarray, b: np.ndarray) -> tuple[float, float]:
    """Adjusted Rand index and normalised mutual information of two divisions given as codes from 0."""
    k = int(b.max()) + 1
    cells = np.bincount(a * k + b, minlength=(int(a.max()) + 1) * k).reshape(-1, k).astype(float)
    rows, columns, n = cells.sum(axis=1), cells.sum(axis=0), float(a.size)

    def pairs(counts: np.ndarray) -> float:
        return float((counts * (counts - 1)).sum() / 2)

    both, expected = pairs(cells), pairs(rows) * pairs(columns) / (n * (n - 1) / 2)
    most = (pairs(rows) + pairs(columns)) / 2
    rand = (both - expected) / (most - expected) if most > expected else 1.0
    filled = cells > 0
    shared = float((cells[filled] / n * np.log(cells[filled] * n / np.outer(rows, columns)[filled])).sum())
    entropy = [-float((c / n * np.log(c / n)).sum()) for c in (rows, columns)]
    return rand, shared / (sum(entropy) / 2) if sum(entropy) > 0 else 1.0


def _between(ties: pd.DataFrame) -> pd.DataFrame:
    """Ties of two different nodes that have a weight, each pair once in each direction."""
    real = ties[(ties["source"] != ties["target"]) & (ties["weight"] > 0)]
    return real.groupby(["source", "target"], as_index=False, sort=True)["weight"].sum()


def _graph(ties: pd.DataFrame, *, directed: bool) -> nx.Graph:
    """The graph of ties, with nodes in sorted order, so that every result is the same however rows are stored."""
    between = _between(ties)
    graph = nx.DiGraph() if directed else nx.Graph()
    graph.add_nodes_from(sorted({*ties["source"].dropna(), *ties["target"].dropna()}))
    for row in between.itertuples():
        before = graph.get_edge_data(row.source, row.target, {"weight": 0})["weight"]
        graph.add_edge(row.source, row.target, weight=before + row.weight)
    weights = [weight for _, _, weight in graph.edges(data="weight")]
    mean = float(np.mean(weights)) if weights else 1.0
    for _, _, data in graph.edges(data=True):
        data["length"] = mean / data["weight"]
    return graph
