import itertools

import numpy as np
import pandas as pd
import pytest
from matplotlib.text import Text

from cvclib.charts.journey import draw_map
from cvclib.charts.matrix import draw_matrix
from cvclib.charts.process_graph import draw_process
from cvclib.tables import STAGES

NAMES = ("Web advertisement", "Bed delivery and installation at home", "Customer service telephone call about a complaint", "Quote")


def touchpoints(n: int, stages: tuple[str, ...] = STAGES) -> pd.DataFrame:
    frame = pd.DataFrame({"number": range(1, n + 1), "touchpoint": [f"{NAMES[i % 4]} {i}" for i in range(n)]})
    frame["stage"] = [stages[i * len(stages) // n] for i in range(n)]
    return frame.assign(
        channel=[("telephone", "website of a partner", "", "showroom")[i % 4] for i in range(n)], department=[f"Customer service and complaints {i % 6}" for i in range(n)], volume=np.arange(n) * 10.0, volume_text=[f"{i * 10:,}" for i in range(n)],
        value=np.linspace(3, 4, n), low=np.linspace(2.8, 3.8, n), high=np.linspace(3.2, 4.2, n), pain=["38% come back" if i % 5 == 1 else "" for i in range(n)],
    )  # fmt: skip


def texts(figure) -> list[Text]:
    figure.canvas.draw()
    return [t for t in figure.findobj(Text) if t.get_visible() and t.get_text().strip()]


def overlapping(found: list[Text], slack: float = 1.5) -> list[tuple[str, str]]:
    """Pairs of texts whose boxes share more than a sliver, in points."""
    boxes = [(t.get_text(), t.get_window_extent()) for t in found]
    return [
        (a, b)
        for (a, x), (b, y) in itertools.combinations(boxes, 2)
        if min(x.x1, y.x1) - max(x.x0, y.x0) > slack and min(x.y1, y.y1) - max(x.y0, y.y0) > slack
    ]


@pytest.mark.parametrize(("n", "stages"), [(1, STAGES), (8, STAGES), (40, STAGES), (30, ("",)), (3, ("purchase",))])
def test_no_text_of_a_journey_map_runs_into_another(n, stages):
    found = texts(draw_map(touchpoints(n, stages), value_label="Satisfaction (1 to 5)", average=3.5))

    assert not overlapping(found)
    assert all(t.get_fontsize() >= 9 for t in found)
    assert {str(i) for i in range(1, n + 1)} <= {t.get_text() for t in found}


def test_a_stage_with_very_many_touchpoints_gathers_the_least_used():
    """Five columns of twelve hold 60 of 70: 59 cards and one for the other 11."""
    many = touchpoints(70, ("ownership",))

    assert any("11 more, in" in t.get_text() for t in texts(draw_map(many)))


def test_a_map_without_satisfaction_has_no_line():
    assert len(draw_map(touchpoints(5).assign(value=np.nan)).axes) == 1


@pytest.mark.parametrize("n", [2, 12, 30])
def test_labels_of_arrows_cover_no_name_and_no_other_label(n):
    points = touchpoints(n)
    nodes = pd.DataFrame(
        {"touchpoint": points["touchpoint"], "column": pd.factorize(points["stage"])[0], "heading": points["stage"], "note": "1,000"}
    )
    steps = [(i, j) for i in range(n) for j in (i, i + 1, i + 2, i - 1) if 0 <= j < n][:24]
    edges = pd.DataFrame([(nodes["touchpoint"][i], nodes["touchpoint"][j]) for i, j in steps], columns=["from_activity", "to_activity"])
    edges = edges.assign(n=np.arange(len(edges), 0, -1) * 50).assign(text=lambda t: t["n"].map("{:,}\n1.5 d".format))

    found = texts(draw_process(nodes, edges))

    assert not overlapping(found, slack=3)
    assert all(t.get_fontsize() >= 9 for t in found)


@pytest.mark.parametrize("n", [1, 6, 24])
def test_a_matrix_keeps_its_texts_apart(n):
    names = [f"Department of customer service {i}" for i in range(n)]
    values = pd.DataFrame(np.arange(n * n).reshape(n, n), index=names, columns=names, dtype=float)

    found = [t for t in texts(draw_matrix(values, values.map("{:,.0f}\n2.1 days".format))) if not t.get_rotation()]

    assert not overlapping(found)
