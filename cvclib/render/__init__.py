"""From a client file to a report: running the notebooks, joining them, publishing the page and its index."""

from cvclib.render.batch import BatchInterrupted, render_client, render_clients
from cvclib.render.job import RenderJob, RenderResult, notebook_parameters

__all__ = ["BatchInterrupted", "RenderJob", "RenderResult", "notebook_parameters", "render_client", "render_clients"]
