"""A page of its own beside the reports: exhibits in, one self-contained HTML file out. Knows no KPI and no client."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from markupsafe import Markup

from cvclib.exhibits import Reading
from cvclib.render.pages import page
from cvclib.render.publishing import write_whole
from cvclib.render.rewriting import Ids, fit, tokens_of


class Exhibit(Protocol):
    """What can show itself."""

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, object]: ...


def write_exhibit_page(
    path: Path, title: str, lead: Sequence[str], sections: Sequence[tuple[str, Sequence[Exhibit]]], left_out: Sequence[tuple[str, str]] = ()
) -> None:
    """Write the page.

    Parameters
    ----------
    path : Path
    title : str
    lead : sequence of str
        Paragraphs below the title.
    sections : sequence of (str, sequence of exhibits)
        Heading and what stands below it.
    left_out : sequence of (str, str)
        What is not compared, and why.
    """
    ids = Ids()
    shown = [
        {"heading": heading, "id": f"section-{i}", "parts": [_html(one, ids, f"s{i}-{j}-") for j, one in enumerate(exhibits)]}
        for i, (heading, exhibits) in enumerate(sections, start=1)
    ]
    write_whole(path, page("exhibits.html.j2", {"title": title, "lead": lead, "sections": shown, "left_out": left_out}))


def _html(exhibit: Exhibit, ids: Ids, prefix: str) -> Markup:
    bundle = exhibit._repr_mimebundle_()
    html, _ = fit(tokens_of(str(bundle["text/html"])), prefix=prefix, ids=ids)
    return Markup(f'<div class="cvc-text">{html}</div>' if isinstance(exhibit, Reading) else html)
