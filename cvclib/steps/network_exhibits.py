"""Exhibits of the network: who passes customers to whom, who stands between, and whether ways follow the organisation chart."""

from __future__ import annotations

import pandas as pd

from cvclib.charts.network import draw_network
from cvclib.client import Client
from cvclib.exhibits import Figure, Reading, Table
from cvclib.findings import Gap
from cvclib.methods import handovers, networks
from cvclib.steps import handoffs as hand
from cvclib.steps import network
from cvclib.steps.collaboration_questions import ALPHA, CAPTIONS, cannot_show
from cvclib.wording import joined, number, p_cell, p_words

TOO_FEW = "Fewer than two departments pass customers to each other often enough to be shown."
TOO_FEW_POINTS = "Too few touchpoints with a known department follow each other for communities to be told."
MOST_NODES = 40  # departments drawn: those that pass on or take over most


def network_figure(client: Client) -> Figure | Gap | Reading:
    """Departments as a network, arrows as wide as what passes."""
    if cannot := cannot_show(client, "handoffs"):
        return cannot
    frame, ties = network.department_network(client), network.department_ties(client)
    if len(frame) < 2:
        return Reading(TOO_FEW)
    frame = frame.assign(size=frame["weight_in"] + frame["weight_out"]).nlargest(MOST_NODES, "size")
    nodes = frame.assign(group=frame["community"])[["node", "size", "group"]]
    data = Table(
        ties.rename(columns={"source": "from", "target": "to", "weight": "times"}),
        "The arrows in numbers",
        {"times": "count"},
        {"times": "Handoffs"},
    )
    groups = [joined(sorted(own["node"])) for _, own in frame.groupby("community")]
    alt = f"{len(frame)} departments, {len(ties)} arrows. Departments that pass most among themselves: {'; '.join(groups)}."
    note = "Arrows: handoffs, as wide as they are many. Dots: all handoffs of a department. One colour: departments that pass most among themselves."
    if len(hand.handoffs(client)) > len(ties):
        note += f" Handoffs in fewer than {client.params.report.minimum_group} journeys are not drawn."
    return Figure(draw_network(nodes, ties, note=note), CAPTIONS["network"], alt, data)


def read_network_figure(client: Client) -> Reading | None:
    """Who stands between, how dense and how mutual the network is, in words."""
    if cannot_show(client, "handoffs"):
        return None
    frame, ties = network.department_network(client), network.department_ties(client)
    if len(frame) < 2:
        return None
    whole = networks.whole(ties)
    pairs = ties.rename(columns={"source": "from_activity", "target": "to_activity", "weight": "n"})
    back = handovers.reciprocity(pairs)
    text = (
        f"{whole.n_ties} of {whole.n_nodes * (whole.n_nodes - 1)} possible ways between {whole.n_nodes} departments are used (density {number(whole.density)}); "
        f"{number(back, 'share')} of what passes one way is matched by what comes back."
    )
    between = frame[frame["betweenness"] > 0]
    if len(between):
        first = between.iloc[0]
        text += (
            f" {first['node']} stands between others most: {number(first['betweenness'], 'share')} of the shortest ways between two other departments lead "
            "through it, so what it does not pass on is lost."
        )
    else:
        text += " No department stands between two others."
    order = hand.in_order(client).handoffs
    if order.p_value < ALPHA:
        less = "less often" if order.seen < order.expected else "more often"
        text += (
            f" Customers change departments {less} than the same touches in a chance order would have it: {order.seen:,.0f} times against "
            f"{order.expected:,.0f} ({p_words(order.p_value)})."
        )
    else:
        text += (
            f" Customers change departments about as often as the same touches in a chance order would have it ({p_words(order.p_value)})."
        )
    return Reading(text)


def network_table(client: Client) -> Table | Gap | Reading:
    """Each department's place in the network: ties, volume, E-I index, betweenness, closeness."""
    if cannot := cannot_show(client, "handoffs"):
        return cannot
    frame = network.department_network(client)
    if len(frame) < 2:
        return Reading(TOO_FEW)
    units = {"degree": "count", "weight_in": "count", "weight_out": "count", "internal": "count", "ei_index": "index",
             "betweenness": "number", "closeness": "number"}  # fmt: skip
    labels = {"node": "Department", "degree": "Tied to", "weight_in": "Takes over", "weight_out": "Hands over", "internal": "Keeps", "ei_index": "E-I index",
              "betweenness": "Betweenness", "closeness": "Closeness"}  # fmt: skip
    note = (
        "E-I index: −1, all next touches are its own; 1, all are others'. Betweenness: share of shortest ways between two others that lead through it. Closeness: "
        "1, all others are one average handoff away. A way is the shorter, the more passes along it: its length is the mean number of handoffs over its own."
    )
    return Table(frame[list(labels)], CAPTIONS["network_table"], units, labels, note)


def read_network_table(client: Client) -> Reading | None:
    """Who keeps customers and who passes them on, in words."""
    if cannot_show(client, "handoffs"):
        return None
    frame = network.department_network(client)
    if len(frame) < 2:
        return None
    most, least = frame.loc[frame["ei_index"].idxmax()], frame.loc[frame["ei_index"].idxmin()]
    return Reading(
        f"{least['node']} keeps customers most (E-I index {number(least['ei_index'], 'index')}), {most['node']} passes them on most "
        f"({number(most['ei_index'], 'index')})."
    )


def community_table(client: Client) -> Table | Gap | Reading:
    """E-I index of touchpoints by owner, and communities against owners, each beside chance."""
    if cannot := cannot_show(client, "handoffs"):
        return cannot
    found = network.ways(client)
    if found is None:
        return Reading(TOO_FEW_POINTS)
    rows = [
        ("Steps between departments against within (E-I index)", found.ei.ei, found.ei.expected, p_cell(found.ei.p_value)),
        ("Communities like departments (adjusted Rand index)", found.likeness.adjusted_rand, 0.0, p_cell(found.likeness.p_value)),
        (
            "Communities like departments (normalised mutual information)",
            found.likeness.mutual_information,
            found.likeness.expected_information,
            None,
        ),
    ]
    frame = pd.DataFrame(rows, columns=["measure", "value", "expected", "p"])
    note = (
        f"By chance: with the departments' names dealt out anew among {len(found.touchpoints)} touchpoints; 95% of such deals give an E-I index of "
        f"{number(found.ei.low)} to {number(found.ei.high)}. Communities by the method of Louvain; modularity {number(found.modularity)}."
    )
    return Table(frame, CAPTIONS["communities"], {"value": "number", "expected": "number"}, {"expected": "By chance", "p": "p"}, note)


def read_community_table(client: Client) -> Reading | None:
    """Whether customers' ways follow the organisation chart, in words."""
    if cannot_show(client, "handoffs") or (found := network.ways(client)) is None:
        return None
    ei, n = found.ei, found.touchpoints["community"].nunique()
    if n < 2:
        return Reading("Customers' ways tie all touchpoints into one group: there is no division to hold against the departments.")
    lies = "within departments more" if ei.ei < ei.expected else "between departments more"
    chart = (
        f"Steps from touchpoint to touchpoint stay {lies} than"
        if ei.p_value < ALPHA and ei.ei < ei.expected
        else f"Steps from touchpoint to touchpoint lead {lies} than"
    )
    first = (
        f"{chart} chance would have it: E-I index {number(ei.ei)} against {number(ei.expected)} ({p_words(ei.p_value)})."
        if ei.p_value < ALPHA
        else f"Steps from touchpoint to touchpoint keep to departments no more and no less than chance would have it: E-I index {number(ei.ei)} against {number(ei.expected)} "
        f"({p_words(ei.p_value)})."
    )
    like = found.likeness
    second = (
        f"The {n} groups that customers' ways form resemble the departments beyond chance (adjusted Rand index {number(like.adjusted_rand)}, {p_words(like.p_value)})."
        if like.p_value < ALPHA
        else f"The {n} groups that customers' ways form are not shown to resemble the departments (adjusted Rand index {number(like.adjusted_rand)}, {p_words(like.p_value)})."
    )
    return Reading(f"{first} {second}")


def community_list(client: Client) -> Table | Gap | Reading:
    """The touchpoints of each community with the departments that own them."""
    if cannot := cannot_show(client, "handoffs"):
        return cannot
    found = network.ways(client)
    if found is None:
        return Reading(TOO_FEW_POINTS)
    groups = found.touchpoints.groupby("community")
    rows = [
        (f"Group {k}", len(own), joined(sorted(own["touchpoint"])), joined(list(own["department"].value_counts().index)))
        for k, own in groups
    ]
    frame = pd.DataFrame(rows, columns=["group", "n", "touchpoints", "departments"])
    return Table(frame, CAPTIONS["community_list"], {"n": "count"}, {"n": "Touchpoints", "touchpoints": "Which", "departments": "Owned by"})


def read_community_list(client: Client) -> Reading | None:
    """The community that most departments share, in words."""
    if cannot_show(client, "handoffs") or (found := network.ways(client)) is None:
        return None
    shared = found.touchpoints.groupby("community")["department"].agg(lambda d: sorted(set(d)))
    if len(shared) < 2:
        return Reading(
            f"All touchpoints form one group, of {len(shared.iloc[0])} {'department' if len(shared.iloc[0]) == 1 else 'departments'}."
        )
    most = max(shared, key=lambda names: (len(names), names))
    if len(most) < 2:
        return Reading("Each group of touchpoints that customers' ways tie together belongs to one department.")
    return Reading(
        f"One group of touchpoints that customers' ways tie together is shared by {len(most)} departments: {joined(most)}. They have to plan it together."
    )
