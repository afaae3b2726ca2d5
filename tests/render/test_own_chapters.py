"""Notebooks that a client file names as chapters of its own take part in the report as the steps do."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from cvclib.checking import check_client
from cvclib.errors import InputError
from cvclib.params import load_client_file
from cvclib.render import RenderJob, plan_clients, render_client, render_clients
from cvclib.render.job import check_jobs, parameters_of
from cvclib.render.own_chapters import RESERVED, own_notebooks
from cvclib.render.parcel import pack
from cvclib.render.parts import CLIENT_FILE_STEP, REPORT, TABLES
from cvclib.render.report import PAGE_IDS

COUNTED = 'n = client.in_period(client.tables.orders, "ordered_at").count().to_pandas()\nReading(f"{n} orders, {most} at most")'
FOUND = 'show([Finding("supply", f"All {n} orders were supplied.", "n = all", "Keep on.", "")])'


class House:
    """A working folder with two steps and one client, whose file can name chapters of its own."""

    def __init__(self, files, folder: Path) -> None:
        self.files, self.folder = files, folder
        for name in ("1_first_look", "2_second_look"):
            files.step_notebook(folder / "notebooks", name, "client.params.currency")
        self.own = folder / "params" / "own"
        files.step_notebook(self.own, "8_supply", COUNTED, FOUND)

    def job(self, *chapters: str, **settings: object) -> RenderJob:
        """The job of the client, its file written with these chapters."""
        path = self.files.client_file(self.folder / "params", **({"chapters": list(chapters)} if chapters else {}), **settings)
        return RenderJob(path, self.folder / "reports", self.folder / "notebooks")


@pytest.fixture
def house(files, tmp_path, monkeypatch):
    monkeypatch.setenv("CVC_CACHE_DIR", str(tmp_path / "cache"))
    return House(files, tmp_path)


def told(job: RenderJob) -> str:
    """What is said of a job whose chapters are wrong."""
    with pytest.raises(InputError) as raised:
        parameters_of(job, load_client_file(job.client_file))
    return str(raised.value)


@pytest.mark.notebook
class TestRendered:
    def test_it_is_a_chapter_after_the_steps_numbered_on(self, house):
        job = house.job("own/8_supply.ipynb")
        result = render_client(job, n_workers=2)
        html = job.report.read_text(encoding="utf-8")
        assert (result.state, result.message) == ("rendered", "")
        assert '<h2 id="supply"><span class="cvc-number">3</span> Supply</h2>' in html
        assert '<li><a href="#supply"><span class="cvc-number">3</span> Supply</a>' in html
        assert "9 orders, 3 at most" in html
        assert "All 9 orders were supplied." in re.search('<section class="cvc-summary".*?</section>', html, re.DOTALL)[0]
        assert "All 9 orders were supplied." in job.findings.read_text(encoding="utf-8")
        assert str(house.folder) not in html
        assert (job.folder / "notebooks" / "8_supply.ipynb").is_file()

    def test_it_is_kept_until_something_that_it_reads_changes(self, house):
        job = house.job("own/8_supply.ipynb")
        assert render_client(job).state == "rendered"
        assert render_client(job).state == "up to date"

        (plan,) = plan_clients([house.job("own/8_supply.ipynb", steps={"supply": {"most": 7}})])
        assert [bool(reason) for _, reason in plan.steps] == [False, False, True]
        assert plan.steps[2] == ("supply", "a parameter that it is given has changed")
        assert render_client(job).state == "rendered"
        assert "9 orders, 7 at most" in job.report.read_text(encoding="utf-8")

        house.files.step_notebook(house.own, "8_supply", COUNTED, "1 + 1")
        assert dict(plan_clients([job])[0].steps)["supply"] == "the notebook has changed"
        assert render_client(job).state == "rendered"
        house.job()
        assert render_client(job).state == "rendered"
        assert 'id="supply"' not in job.report.read_text(encoding="utf-8")
        assert not (job.folder / "notebooks" / "8_supply.ipynb").exists()

    def test_it_can_be_rendered_alone(self, house):
        job = replace(house.job("own/8_supply.ipynb"), only=("supply",))
        (result,) = render_clients([job], progress=False)
        html = job.report.read_text(encoding="utf-8")
        assert result.state == "rendered"
        assert "Part of the report: step 3 only" in html
        assert 'id="first_look"' not in html
        assert render_client(replace(job, only=())).state == "rendered"
        assert render_client(job).state == "rendered"

    def test_one_that_fails_says_where(self, house):
        house.files.step_notebook(house.own, "8_supply", "1 / 0")
        job = house.job("own/8_supply.ipynb")
        result = render_client(job)
        assert (result.state, result.step, result.message) == ("failed", "supply", "ZeroDivisionError: division by zero")
        assert "8_supply.ipynb in JupyterLab" in (job.folder / "failed.html").read_text(encoding="utf-8")

    def test_what_is_wrong_with_it_fails_its_client_before_anything_runs(self, house):
        result = render_client(house.job("own/9_none.ipynb"))
        assert (result.state, result.step) == ("failed", "client file")
        assert "own/9_none.ipynb: found no such file; expected a notebook." in result.message


class TestToldAtOnce:
    def test_a_notebook_without_a_client_file_to_be_told(self, house):
        notebook = house.own / "8_supply.ipynb"
        notebook.write_text(notebook.read_text(encoding="utf-8").replace("client_file: str", "file: str"), encoding="utf-8")
        said = told(house.job("own/8_supply.ipynb"))
        assert "own/8_supply.ipynb: found no parameter 'client_file' in it; expected it" in said
        assert 'Give a cell the tag "parameters"' in said

    def test_names_that_clash_with_a_step_or_with_each_other(self, house):
        for name in ("8_first_look", "9_Supply"):
            house.files.step_notebook(house.own, name)
        said = told(house.job("own/8_first_look.ipynb", "own/8_supply.ipynb", "own/9_Supply.ipynb"))
        assert "found the name 'first_look', which 1_first_look.ipynb has already" in said
        assert "found the name 'Supply', which own/8_supply.ipynb has already" in said
        assert said.count("\n") == 1

    def test_a_name_that_the_report_needs(self, house):
        house.files.step_notebook(house.own, "8_summary")
        assert "found the name 'summary', which a part of every report has" in told(house.job("own/8_summary.ipynb"))
        parts = {TABLES, REPORT, CLIENT_FILE_STEP, *PAGE_IDS}
        assert {name for name in parts if name.isidentifier()} == RESERVED

    def test_files_that_are_no_notebooks(self, house):
        (house.own / "9_broken.ipynb").write_text("{", encoding="utf-8")
        (house.own / "text.md").write_text("text", encoding="utf-8")
        (house.own / "8.ipynb").write_text("{}", encoding="utf-8")
        said = told(house.job("own/9_broken.ipynb", "own/text.md", "own/8.ipynb", "own/8_suply.ipynb"))
        assert "own/9_broken.ipynb: found a notebook, or a cell of parameters in it, that cannot be read" in said
        assert "own/text.md: found a file that ends in '.md'; expected a notebook" in said
        assert "own/8.ipynb: found a file name without a word" in said
        assert "Beside it there are: 8.ipynb, 8_supply.ipynb, 9_broken.ipynb." in said

    def test_a_period_that_would_be_of_part_of_the_report(self, house):
        notebook = house.own / "8_supply.ipynb"
        text = notebook.read_text(encoding="utf-8").replace("period_start: str", "first_day: str")
        notebook.write_text(text, encoding="utf-8")
        said = told(replace(house.job("own/8_supply.ipynb"), overrides={"period_start": "2025-02-01"}))
        assert "found no parameter 'period_start' in it; expected it, as --set period_start is meant for the whole report" in said

    def test_a_parameter_of_its_own_that_is_misspelt(self, house):
        assert "Did you mean 'most'?" in told(house.job("own/8_supply.ipynb", steps={"supply": {"mots": 1}}))

    def test_check_tells_it_too(self, house):
        job = house.job("own/9_none.ipynb")
        with pytest.raises(InputError, match=r"9_none\.ipynb: found no such file"):
            check_client(job.client_file, job.notebooks_dir)


def test_one_step_of_clients_of_which_some_have_it(house):
    """A name known to one client is no misspelling; of a client without it that is told."""
    with_it = replace(house.job("own/8_supply.ipynb"), only=("supply",))
    other = house.files.client_file(house.folder / "params", "other")
    without = replace(with_it, client_file=other)
    check_jobs([with_it, without])
    assert "found 'supply'; expected a step of this client (one of first_look, second_look)" in told(without)
    with pytest.raises(InputError, match="Did you mean 'supply'"):
        check_jobs([replace(with_it, only=("suply",))])


def test_a_notebook_named_freely_is_a_step_by_its_words(house):
    house.files.step_notebook(house.own, "8_supply").rename(house.own / "Our supply & returns.ipynb")
    job = house.job("own/Our supply & returns.ipynb")
    assert list(job.all_notebooks) == ["first_look", "second_look", "our_supply_returns"]
    assert job.numbers["our_supply_returns"] == 3


@pytest.mark.parametrize("text", ["chapters: [", "chapters: own/8.ipynb\n", "chapters:\n", "client: chapters\n", "chapters: [{a: b}]\n"])
def test_of_a_client_file_that_names_none_rightly_none_is_told(tmp_path, text):
    (tmp_path / "a.yaml").write_text(text, encoding="utf-8")
    assert own_notebooks(tmp_path / "a.yaml") == ()


def test_no_value_of_the_environment_names_a_chapter(house, monkeypatch):
    monkeypatch.setenv("CVC_TEST_PLACE", "somewhere-secret")
    job = house.job("own/${CVC_TEST_PLACE}.ipynb")
    with pytest.raises(InputError, match="under 'chapters'") as raised:
        load_client_file(job.client_file)
    assert "somewhere-secret" not in str(raised.value)


def test_it_is_sent_to_another_machine_with_the_rest(house):
    job = house.job("own/8_supply.ipynb")
    sent = pack(job, load_client_file(job.client_file)).digests
    assert str(house.own / "8_supply.ipynb") in sent


def test_a_list_whose_lines_are_commented_out_names_nothing(house):
    job = house.job()
    content = yaml.safe_load(job.client_file.read_text(encoding="utf-8"))
    job.client_file.write_text(yaml.safe_dump(content) + "chapters:\n#  - own/8_supply.ipynb\n", encoding="utf-8")
    assert load_client_file(job.client_file).chapters == []
