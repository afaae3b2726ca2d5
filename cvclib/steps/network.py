"""The network of handoffs: departments by what passes between them, and touchpoints by the ways that customers take.

Departments are the nodes of the first; of the second the touchpoints, each belonging to the department that owns it. So the second can be
held against the organisation chart: do the touchpoints that customers' ways tie together also belong together?
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from cvclib.client import Client
from cvclib.methods import handovers, networks
from cvclib.steps import handoffs as hand
from cvclib.steps.journeys import transitions, volumes
from cvclib.steps.memo import once_per_client

FEWEST_NODES = 4  # touchpoints below which a division of them says nothing


class Ways(NamedTuple):
    """Touchpoints as customers' ways tie them together, beside the departments that own them.

    Parameters
    ----------
    touchpoints : pandas.DataFrame
        ``touchpoint``, ``department``, ``community`` (from 1, the largest first).
    modularity : float
    ei : cvclib.methods.networks.EiTest
        Of steps from touchpoint to touchpoint, within and between departments.
    likeness : cvclib.methods.networks.Likeness
        Of communities and departments.
    """

    touchpoints: pd.DataFrame
    modularity: float
    ei: networks.EiTest
    likeness: networks.Likeness


@once_per_client
def department_ties(client: Client) -> pd.DataFrame:
    """Handoffs as ties of a network, those made in fewer journeys than the minimum group left out: ``source``, ``target``, ``weight``."""
    found = hand.handoffs(client)
    found = found[found["n_cases"] >= client.params.report.minimum_group]
    return found.rename(columns={"from_department": "source", "to_department": "target", "n": "weight"})[
        ["source", "target", "weight"]
    ].reset_index(drop=True)


@once_per_client
def department_network(client: Client) -> pd.DataFrame:
    """Departments by their place in the network of handoffs.

    Parameters
    ----------
    client : Client
        With departments of touches.

    Returns
    -------
    pandas.DataFrame
        Most often between others first: the columns of `cvclib.methods.networks.centrality`, ``external``, ``internal``, ``ei_index`` (of touches that
        follow each other) and ``community``.
    """
    ties = department_ties(client)
    found = networks.centrality(ties)
    if found.empty:
        return found.assign(external=[], internal=[], ei_index=[], community=[])
    silos = handovers.ei_index(hand.touch_pairs(client)).rename(columns={"group": "node"})
    community, _ = networks.communities(ties)
    found = found.merge(silos, on="node", how="left").assign(community=found["node"].map(community))
    return found.sort_values(["betweenness", "weight_out", "node"], ascending=[False, False, True], ignore_index=True)


@once_per_client
def ways(client: Client, *, seed: int = 1) -> Ways | None:
    """Communities of touchpoints, and steps within and between their owners; None with too few touchpoints or departments.

    Parameters
    ----------
    client : Client
        With ``interactions`` and a department of touches or touchpoints.
    seed : int
        Of the permutations.
    """
    steps = transitions(client)
    steps = steps[steps["n_cases"] >= client.params.report.minimum_group]
    ties = steps.rename(columns={"from_activity": "source", "to_activity": "target", "n": "weight"})[["source", "target", "weight"]]
    known = volumes(client).set_index("touchpoint")["department"]
    owner = known[(known != "") & known.index.isin({*ties["source"], *ties["target"]})]
    ties = ties[ties["source"].isin(owner.index) & ties["target"].isin(owner.index)]
    between = ties[ties["source"] != ties["target"]]
    if len(owner) < FEWEST_NODES or owner.nunique() < 2 or between.empty:
        return None
    rng = np.random.default_rng(seed)
    community, modularity = networks.communities(ties)
    frame = pd.DataFrame({"department": owner.reindex(community.index), "community": community}).rename_axis("touchpoint").reset_index()
    frame = frame.sort_values(["community", "department", "touchpoint"], ignore_index=True)
    ei = networks.ei_test(ties, owner, rng=rng)
    likeness = networks.likeness(frame["community"], frame["department"], rng=rng)
    return Ways(frame, modularity, ei, likeness)
