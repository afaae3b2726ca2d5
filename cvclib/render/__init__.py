"""From a client file to a report: running the notebooks, joining them, publishing the page and its index."""

from cvclib.render.batch import BatchInterrupted, render_client, render_clients
from cvclib.render.job import RenderJob, RenderResult, notebook_parameters
from cvclib.render.planned import ClientPlan, plan_clients

__all__ = [
    "BatchInterrupted",
    "ClientPlan",
    "RenderJob",
    "RenderResult",
    "notebook_parameters",
    "plan_clients",
    "render_client",
    "render_clients",
]
