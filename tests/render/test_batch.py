"""Clients rendered for real: kernels, files, the page of the batch."""

import csv
import json
import re
from dataclasses import replace

import pytest

import cvclib.render.batch as batch
from cvclib.errors import InputError
from cvclib.render import RenderJob, render_client, render_clients

pytestmark = pytest.mark.notebook


@pytest.fixture(scope="session")
def prepared_tables(tmp_path_factory):
    patch = pytest.MonkeyPatch()
    patch.setenv("CVC_CACHE_DIR", str(tmp_path_factory.mktemp("cache")))
    yield
    patch.undo()


@pytest.fixture(scope="session")
def house(files, prepared_tables, tmp_path_factory):
    """Three clients, of which the second lacks what the first step reads, rendered side by side."""
    folder = tmp_path_factory.mktemp("house")
    notebooks = folder / "notebooks"
    files.step_notebook(notebooks, "1_first_look", files.COUNTS, files.DRAWN, files.LEARNT)
    files.step_notebook(
        notebooks, "2_second_look", 'Reading(f"At most {most}, as it is.")', 'client.require("orders.channel")', setup=files.SETUP
    )
    good = files.client_file(folder / "params", "good", steps={"first_look": {"most": 2}})
    bad = files.client_file(folder / "params", "bad", client="Bad & <u>late</u>", without="channel")
    third = files.client_file(folder / "params", "third", client="Third")
    jobs = [RenderJob(path, folder / "reports", notebooks) for path in (good, bad, third)]
    return jobs, render_clients(jobs, n_workers=2, progress=False)


def test_one_failing_client_does_not_stop_the_others(house):
    assert [result.state for result in house[1]] == ["rendered", "failed", "rendered"]
    assert house[1][0].report.is_file()
    assert house[1][1].report is None


def test_a_failure_says_where_and_why_and_what_to_do(house):
    jobs, results = house
    failed = results[1]
    page = (jobs[1].folder / "failed.html").read_text(encoding="utf-8")
    assert failed.step == "second_look"
    assert failed.message.startswith("MissingDataError: the client supplies no orders.channel")
    assert "Bad &amp; &lt;u&gt;late&lt;/u&gt;: the report was not rendered" in page
    assert "What is there?" in page
    assert "What to do" in page
    assert page.index("<details") < page.index("Traceback, for whoever mends the code")
    assert not jobs[1].report.exists()


def test_the_report_holds_what_the_notebooks_showed_with_the_clients_parameters(house):
    html = house[1][0].report.read_text(encoding="utf-8")
    assert "<h1>A &lt;b&gt;client&lt;/b&gt;</h1>" in html
    assert "&lt;i&gt;web&lt;/i&gt;" in html
    assert "9 orders came in." in re.sub("</?a[^>]*>", "", html)  # a number leads to its table
    assert "At most 3, as it is." in html
    assert "client_file" not in html


def test_no_path_of_this_machine_is_in_a_report(house, tmp_path_factory):
    html = house[1][0].report.read_text(encoding="utf-8")
    assert str(tmp_path_factory.getbasetemp()) not in html
    assert "good.csv" in html


def test_executed_notebooks_and_rejected_rows_lie_beside_the_report(house):
    folder = house[0][0].folder
    assert sorted(path.name for path in (folder / "notebooks").iterdir()) == ["1_first_look.ipynb", "2_second_look.ipynb"]
    with (folder / "rejected_rows.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [(row["row"], row["column"], row["value"]) for row in rows] == [("11", "day", "no date")]


def test_the_index_lists_the_batch_for_people_and_for_programs(house):
    jobs, results = house
    index = (jobs[0].out_dir / "index.html").read_text(encoding="utf-8")
    run = json.loads((jobs[0].out_dir / "run.json").read_text(encoding="utf-8"))
    assert '<a href="good/good.html">A &lt;b&gt;client&lt;/b&gt;</a>' in index
    assert 'href="bad/failed.html"' in index
    assert "2 rendered and 1 failed" in index
    assert "Content-Security-Policy" in index
    assert [(row["slug"], row["state"], row["step"]) for row in run["clients"]] == [(r.slug, r.state, r.step) for r in results]


def test_no_working_folder_is_left_behind(house):
    assert not [path.name for path in house[0][0].out_dir.glob(".*") if path.name != ".cvc.lock"]


def test_what_is_up_to_date_is_left_alone_and_forced_it_gives_the_same_bytes(house):
    job = house[0][0]
    before = job.report.read_bytes()
    assert render_client(job).state == "up to date"
    assert render_client(replace(job, force=True)).state == "rendered"
    assert job.report.read_bytes() == before


@pytest.fixture
def light(files, prepared_tables, tmp_path):
    """A job whose one notebook imports next to nothing; a function makes it with the cells wanted."""

    def make(*sources, client=None, **settings):
        files.step_notebook(tmp_path / "notebooks", "1_first_look", *sources, setup=files.LIGHT_SETUP)
        path = client or files.client_file(tmp_path / "params")
        return RenderJob(path, tmp_path / "reports", tmp_path / "notebooks", **settings)

    return make


def test_anything_that_changes_makes_a_report_out_of_date(light, tmp_path):
    job = light("most")
    assert render_client(job).state == "rendered"
    assert render_client(job).state == "up to date"

    changed = []
    with (tmp_path / "params" / "a.csv").open("a", encoding="utf-8") as file:
        file.write("99,c1,2025-05-05,web\n")
    changed.append(render_client(job).state)
    job.client_file.write_text(job.client_file.read_text() + "currency: USD\n")
    changed.append(render_client(job).state)
    changed.append(render_client(replace(job, overrides={"most": 7})).state)
    changed.append(render_client(light("most + 1")).state)
    job.report.write_text("tampered with")
    changed.append(render_client(job).state)
    assert changed == ["rendered"] * 5
    assert render_client(job).state == "up to date"


def test_a_killed_kernel_fails_its_step(light):
    result = render_client(light("1", "os.kill(os.getpid(), signal.SIGKILL)"))
    assert (result.state, result.step) == ("failed", "first_look")
    assert "The kernel died" in result.message


def test_a_cell_that_takes_too_long_fails_its_step(light):
    job = light("time.sleep(60)", cell_timeout_seconds=1)
    result = render_client(job)
    assert (result.state, result.step) == ("failed", "first_look")
    assert result.message == "A cell did not end within 1 seconds."
    assert "time.sleep(60)" in (job.folder / "failed.html").read_text(encoding="utf-8")


def test_an_earlier_report_stays_and_the_index_says_that_it_is_earlier(light):
    job = light("1")
    render_client(job)
    before = job.report.read_bytes()
    (result,) = render_clients([light('raise ValueError("no <b>good</b>")')], progress=False)
    assert (result.state, result.report, result.message) == ("failed", job.report, "ValueError: no <b>good</b>")
    assert job.report.read_bytes() == before
    index = (job.out_dir / "index.html").read_text(encoding="utf-8")
    assert 'href="a/a.html">Report of an earlier run</a>' in index
    assert "no &lt;b&gt;good&lt;/b&gt;" in index

    assert render_client(light("1", force=True)).state == "rendered"
    assert not (job.folder / "failed.html").exists()


def test_a_client_file_that_cannot_be_read_fails_its_client_with_all_that_is_wrong(light, files, tmp_path):
    path = files.client_file(tmp_path / "params", "typo", curency="EUR", steps={"first_look": {"mots": 1}})
    result = render_client(light("1", client=path))
    assert (result.state, result.step) == ("failed", "client file")
    assert "curency" in result.message
    assert render_client(light("1", client=tmp_path / "none.yaml")).message.startswith(str(tmp_path / "none.yaml"))


def test_a_misspelt_parameter_is_refused_before_any_kernel(light, monkeypatch):
    monkeypatch.setattr(batch, "Pool", pytest.fail)
    with pytest.raises(InputError, match="Did you mean 'most'"):
        render_clients([light("1", overrides={"mots": 1})], progress=False)


def test_a_fault_of_the_report_itself_fails_the_client_only(light, files, tmp_path):
    job, other = light("1"), light("1", client=files.client_file(tmp_path / "params", "other"))
    job.folder.mkdir(parents=True)
    (job.folder / "notebooks").write_text("in the way", encoding="utf-8")
    results = render_clients([job, other], progress=False)
    assert [(result.state, result.step) for result in results] == [("failed", "report"), ("rendered", "")]
    assert "notebooks: File exists" in results[0].message


def test_files_that_change_meanwhile_are_noticed(light):
    job = light("1")

    def change(event):
        if (event.kind, event.step) == ("step begun", "first_look"):
            job.client_file.with_suffix(".csv").write_text("nr,customer,day,channel\n1,a,2025-03-03,web\n", encoding="utf-8")

    result = render_client(job, change)
    assert (result.state, result.step) == ("failed", "client file")
    assert "files that changed while the report was made" in result.message
    assert not job.report.exists()


def test_progress_is_told_step_by_step(light):
    told = []
    render_client(light("1"), told.append)
    assert [(event.kind, event.step or event.state) for event in told] == [
        ("client begun", ""), ("step begun", "tables"), ("step ended", "tables"), ("step begun", "first_look"), ("step ended", "first_look"),
        ("step begun", "report"), ("step ended", "report"), ("client ended", "rendered"),
    ]  # fmt: skip
    assert {event.slug for event in told} == {"a"}


def test_a_line_a_client_tells_of_progress_where_there_is_no_terminal(light, capfd):
    job = light("1")
    render_clients([job, replace(job, out_dir=job.out_dir / "more")], n_workers=2)
    said = capfd.readouterr().err.splitlines()
    assert [re.sub(r"[0-9.]+ s", "n s", line) for line in said] == ["a: rendered in n s (1 of 2)", "a: rendered in n s (2 of 2)"]


def test_clients_of_an_earlier_run_stay_listed(light, files, tmp_path):
    job = light("1")
    render_clients([job], progress=False)
    other = light("1", client=files.client_file(tmp_path / "params", "other", client="Other"))
    render_clients([other], progress=False)
    rows = json.loads((job.out_dir / "run.json").read_text(encoding="utf-8"))["clients"]
    assert [(row["slug"], row["earlier"]) for row in rows] == [("other", False), ("a", True)]
