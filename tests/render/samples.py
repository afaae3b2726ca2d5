"""Executed notebooks made by hand, without a kernel, and a client to go with them; hostile names throughout."""

from pathlib import Path

import matplotlib as mpl
import nbformat
import pandas as pd
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from cvclib.charts.style import STYLE, new_figure
from cvclib.client import Client
from cvclib.exhibits import Figure, Reading, Table
from cvclib.findings import Finding, Gap, Indicator
from cvclib.methods.estimate import Estimate
from cvclib.render.job import RenderJob
from cvclib.render.report import make_report

HOSTILE = "<script>document.title='owned'</script>"
STEPS = ((5, "performance_evaluation", "Performance evaluation"), (6, "advocacy", "Advocacy"))

PARAMETERS = """client_file: str = "../params/nordic-beds.yaml"  # the client to analyse
period_start: str = ""  # ISO date; empty keeps the client file's period
period_end: str = ""  # ISO date; empty keeps the client file's period
segment: str = ""  # one segment only; empty keeps all
min_responses: int = 30  # answers below which a segment is not shown"""


def shown(thing):
    return new_output("execute_result", data=thing._repr_mimebundle_(), execution_count=1)


def figure():
    with mpl.rc_context(STYLE):
        drawn, axes = new_figure()
        axes.bar(["couples", HOSTILE], [1, 2])
        axes.set_xlabel("a & b")
    data = Table(pd.DataFrame({"segment": ["couples", HOSTILE], "n": [1, 2]}), "The bars as numbers", units={"n": "count"})
    return Figure(drawn, f"Two bars {HOSTILE}", f"Two bars, the second twice the first {HOSTILE}", data=data)


def table():
    frame = pd.DataFrame({"segment": ["couples", HOSTILE], "nps": [12.3, -4.0], "n": [312, 40]})
    return Table(frame, "Score by segment", units={"nps": "points", "n": "count"}, labels={"nps": f"NPS {HOSTILE}"}, note=HOSTILE)


def findings(step):
    return [
        Finding(
            step, f"Late orders cost 14 points in step {step}.", f"n = 812 {HOSTILE}", "Promise later.", "Score by segment", kind="problem"
        ),
        Finding(step, f"The {HOSTILE} segment recommends.", "n = 40", HOSTILE, "No such table", value_at_stake=1200.0, kind="strength"),
    ]


def indicators():
    nps = Estimate(31.0, 25.5, 36.6, 4012)
    text = {"value": "31.0", "interval": "25.5 to 36.6", "target": "40.0", "change": "+2.0 points"}
    return [
        Indicator("nps", "Net promoter score", "points", nps, "higher", target=40.0, status="missed", text=text),
        Indicator("nps", "Net promoter score", "points", nps, "higher", target=40.0, status="missed", text=text),
        Indicator("csat", f"CSAT {HOSTILE}", "score", Estimate(4.1, 4.0, 4.2, 50), "higher"),
    ]


def gap(step):
    return Gap(step, f"Do referrals convert? {HOSTILE}", ("referrals", "referrals.converted_at"), "It would show what a referral is worth.")


def executed_notebook(number, step, title):
    cells = [
        new_markdown_cell(f"# {number} · {title}\n\nWho recommends us, and who warns others?"),
        new_code_cell(PARAMETERS, metadata={"tags": ["parameters"]}),
        new_code_cell('client_file = "/home/somebody/secret/params/x.yaml"', metadata={"tags": ["injected-parameters"]}),
        new_code_cell("from cvclib.client import Client", metadata={"tags": ["setup"]}),
        new_code_cell("what_we_have(client)", outputs=[shown(table())]),
        new_markdown_cell("## Who recommends?\n\nIt matters. See [the last step](6_advocacy.ipynb) and [a page](https://example.org).\n\n#### Too deep"),
        new_code_cell("a_figure(client)", outputs=[shown(figure())]),
        new_code_cell("a_figure_again(client)", outputs=[shown(figure())]),
        new_code_cell("reading(client)", outputs=[shown(Reading(f"31.0 (95% interval 25.5 to 36.6, n = 4,012) {HOSTILE}"))]),
        new_code_cell("print(1)", outputs=[
            new_output("stream", name="stdout", text="plain <b>text</b>\n"),
            new_output("stream", name="stderr", text="UserWarning: in /home/somebody\n"),
            new_output("display_data", data={"text/plain": "only <i>text</i>"}),
            new_output("display_data", data={"image/png": PIXEL, "text/plain": "<Figure>"}, metadata={"image/png": {"alt": "one pixel"}}),
        ]),
        new_code_cell("show(indicators)", outputs=[shown(one) for one in indicators()]),
        new_markdown_cell("## What did we learn?"),
        new_code_cell("show(findings)", outputs=[*(shown(one) for one in findings(step)), shown(gap(step))]),
        new_code_cell("definitions()", metadata={"tags": ["appendix"]}, outputs=[
            shown(Table(pd.DataFrame({"kpi": ["NPS"], "definition": ["promoters minus detractors"]}), f"Definitions of step {number}")),
        ]),
        new_markdown_cell("## Next\n\nOn."),
    ]  # fmt: skip
    notebook = new_notebook(cells=cells)
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return notebook


PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


def sample_client(edition="client", **report):
    orders = pd.DataFrame({"order_id": ["1", "2"], "customer_id": ["a", "b"], "ordered_at": ["2025-03-01", "2025-04-01"]})
    return Client.from_frames({"orders": orders}, client=f"Nordic & {HOSTILE}", report={"edition": edition, **report}, targets={"nps": 40})


def sample_report(folder: Path, client=None, only=()):
    """The report as HTML, as `make_report` gives it."""
    notebooks = []
    for number, step, title in STEPS:
        path = folder / f"{number}_{step}.ipynb"
        notebook = executed_notebook(number, step, title)
        nbformat.write(notebook, path)
        if not only or step in only:
            notebooks.append((path, notebook))
    job = RenderJob(folder / "sample.yaml", folder / "reports", folder, only=only)
    given = {step: {} for _, step, _ in STEPS}
    return make_report(
        job,
        client or sample_client(),
        notebooks,
        given,
        {"data/customers.csv": "0123456789abcdef" * 4},
        {"rejected_rows.csv": "fedcba9876543210" * 4},
    )
