"""A step is run again where something that it reads has changed, and only there; a run that was killed goes on where it was."""

import gzip
import json
import os
import shutil
import signal
import stat
import subprocess
import sys
import time
from dataclasses import replace
from functools import cache

import pytest
import yaml

from cvclib.kernels import can_fork
from cvclib.reads import FILE_VARIABLE
from cvclib.render import RenderJob, freshness, plan_clients, render_client, tasks
from cvclib.render.environment import kernel_environment
from cvclib.render.freshness import KEPT, source_digest

pytestmark = pytest.mark.notebook
PATIENCE_SECONDS = 300
STEPS = ("orders_look", "systems_look", "past_look")
ORDERS = ("Reading(f\"{client.tables.orders.count().to_pandas()} orders, {client.params.targets.get('nps')} wished\")",)
SYSTEMS = ("Reading(f\"{client.tables.systems.count().to_pandas()} systems, {client.params.currency}, {client.has('orders.channel')}\")",)
PAST = (
    "before = client.beside(period=client.previous_period)",
    'n = before.in_period(before.tables.orders, "ordered_at").count().to_pandas()\nReading(f"{n} orders before {most} {client.params.report.minimum_group}")',
)


class House:
    """A client with two tables and three steps, and what can be changed of it."""

    def __init__(self, files, folder):
        self.folder = folder
        self.notebooks = folder / "notebooks"
        for number, (step, cells) in enumerate(zip(STEPS, (ORDERS, SYSTEMS, PAST), strict=True), start=1):
            files.step_notebook(self.notebooks, f"{number}_{step}", *cells)
        path = files.client_file(folder / "params", "a", client="Client A", targets={"nps": 40})
        (folder / "params" / "s.csv").write_text("name,note\nCRM,old\nERP,new\n", encoding="utf-8")
        self.client_file = path
        self.set("tables", "systems", value={"file": "s.csv", "columns": {"system": "name"}})
        self.job = RenderJob(path, folder / "reports", self.notebooks)

    def set(self, *keys, value):
        """Set a key of the client file."""
        content = place = yaml.safe_load(self.client_file.read_text(encoding="utf-8"))
        for key in keys[:-1]:
            place = place.setdefault(key, {})
        place[keys[-1]] = value
        self.client_file.write_text(yaml.safe_dump(content), encoding="utf-8")

    def edit(self, name, old, new):
        """Replace a text in a file."""
        path = self.folder / name
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")

    def to_run(self, job=None):
        """The steps that would be run, and why."""
        (plan,) = plan_clients([job or self.job])
        assert not plan.message
        return {step: reason for step, reason in plan.steps if reason}

    def render(self, job=None):
        """Render in this process; the steps that were run, and the report."""
        job = job or self.job
        made = self.folder / "made"
        shutil.rmtree(made, ignore_errors=True)
        prepared = tasks.prepare(job, made, tasks.made_by())
        for notebook in prepared.to_run:
            tasks.run_step(job, made, notebook, prepared)
        tasks.join_report(job, made, prepared)
        return [path.stem.partition("_")[2] for path in prepared.to_run], (made / job.report.name).read_bytes()

    @property
    def kept(self):
        """The folder of kept steps."""
        (folder,) = self.folder.glob("cache/a-*/steps")
        return folder


@pytest.fixture(scope="module", autouse=True)
def package():
    """A package that nobody edits while the tests run."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tasks, "made_by", lambda: "code versions")
        patch.setattr(freshness, "code_digest", cache(lambda: "code"))
        yield


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("freshness")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CVC_CACHE_DIR", str(made / "cache"))
        yield made


@pytest.fixture(scope="module")
def rendered(files, folder):
    """A house whose steps have all been run once."""
    house = House(files, folder)
    assert house.render()[0] == list(STEPS)
    return house


@pytest.fixture
def house(rendered):
    """The same, put back as it was after the test."""
    folders = [rendered.folder / "params", rendered.notebooks, rendered.kept]
    before = {path: path.read_bytes() for folder in folders for path in folder.iterdir()}
    yield rendered
    for path in [path for folder in folders for path in folder.iterdir()]:
        if path not in before:
            path.unlink()
    for path, content in before.items():
        path.write_bytes(content)
        path.chmod(0o600)


@pytest.fixture
def own(files, tmp_path, monkeypatch):
    """A house of the test's own, nothing run yet."""
    monkeypatch.setenv("CVC_CACHE_DIR", str(tmp_path / "cache"))
    return House(files, tmp_path)


def test_nothing_changed_means_that_nothing_need_be_run(house):
    assert house.to_run() == {}


@pytest.mark.parametrize(
    ("keys", "value", "run"),
    [
        (("report", "accent"), "#112233", ()),
        (("report", "edition"), "analyst", ()),
        (("client",), "Another name", ()),
        (("targets", "csat"), 4, ()),
        (("steps",), {"past_look": {"most": 3}}, ("past_look",)),
        (("targets", "nps"), 41, ("orders_look",)),
        (("targets",), {}, ("orders_look",)),
        (("currency",), "USD", ("systems_look",)),
        (("report", "minimum_group"), 6, ("past_look",)),
        (("compare_with",), {"start": "2023-01-01", "end": "2023-12-31"}, ("past_look",)),
    ],
)  # fmt: skip
def test_a_setting_concerns_the_steps_that_read_it(house, keys, value, run):
    house.set(*keys, value=value)
    assert tuple(house.to_run()) == run


def test_the_logo_concerns_no_step(house):
    (house.folder / "params" / "logo.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>", encoding="utf-8")
    house.set("report", "logo", value="logo.svg")
    assert house.to_run() == {}


@pytest.mark.parametrize(
    ("name", "old", "new", "run"),
    [
        ("params/s.csv", "ERP", "SAP", ("systems_look",)),
        ("params/s.csv", "old", "odd", ()),  # a column that is not mapped
        ("params/a.csv", "0,c0", "0,c9", ("orders_look", "past_look")),
        ("notebooks/2_systems_look.ipynb", "What is there?", "What else is there?", ("systems_look",)),
        ("notebooks/3_past_look.ipynb", "before {most}", "earlier {most}", ("past_look",)),
    ],
)
def test_a_changed_cell_concerns_the_steps_that_read_its_table_or_hold_it(house, name, old, new, run):
    house.edit(name, old, new)
    assert tuple(house.to_run()) == run


def test_a_column_that_becomes_filled_or_empty_concerns_who_asks_for_it(house):
    house.set("tables", "orders", "columns", value={"order_id": "nr", "customer_id": "customer", "ordered_at": "day"})
    assert tuple(house.to_run()) == STEPS
    assert "whether the client supplies orders.channel" in house.to_run()["systems_look"]


def test_rows_in_another_order_are_other_rows(house):
    house.edit("params/s.csv", "CRM,old\nERP,new", "ERP,new\nCRM,old")
    assert tuple(house.to_run()) == ("systems_look",)


def test_line_ends_and_outputs_of_a_notebook_do_not_count(house):
    path = house.notebooks / "1_orders_look.ipynb"
    content = json.loads(path.read_text(encoding="utf-8"))
    for cell in content["cells"]:
        cell["source"] = "".join(cell["source"]).replace("\n", "\r\n")
        if cell["cell_type"] == "code":
            cell["outputs"], cell["execution_count"] = [{"output_type": "stream", "name": "stdout", "text": "seen"}], 7
    path.write_bytes(json.dumps(content).replace("\n", "\r\n").encode())
    assert house.to_run() == {}
    path.write_text("no notebook", encoding="utf-8")
    assert len(source_digest(path)) == len(source_digest(house.notebooks / "2_systems_look.ipynb"))


def test_an_override_concerns_the_steps_that_know_it(house):
    assert tuple(house.to_run(replace(house.job, overrides={"most": 7}))) == STEPS
    assert tuple(house.to_run(replace(house.job, overrides={"period_end": "2025-06-30"}))) == STEPS


def test_another_engine_another_version_and_force_concern_all(house, monkeypatch):
    assert tuple(house.to_run(replace(house.job, engine_name=None))) == STEPS
    assert set(house.to_run(replace(house.job, force=True)).values()) == {"asked for with --force"}
    monkeypatch.setattr(tasks, "made_by", lambda: "other-code versions")
    assert set(house.to_run().values()) == {"cvclib has changed"}
    monkeypatch.setattr(tasks, "made_by", lambda: "code other-versions")
    assert set(house.to_run().values()) == {"the version of a library has changed"}


def test_reasons_name_what_has_changed(house):
    house.set("targets", "nps", value=50)
    assert house.to_run() == {"orders_look": "the setting targets.nps has changed"}
    house.edit("params/s.csv", "ERP", "SAP")
    house.set("currency", value="USD")
    assert house.to_run()["systems_look"] == "table systems and the setting currency have changed"


def test_tables_are_prepared_for_a_plan_only_where_it_hinges_on_them(house, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(tasks, "open_client", None)
        house.edit("params/s.csv", "ERP", "SAP")
        for step in ("orders_look", "past_look"):
            for path in house.kept.glob(f"{step}-*"):
                path.unlink()
        house.set("currency", value="USD")
        assert set(house.to_run()) == set(STEPS)
    house.set("currency", value="EUR")
    assert house.to_run()["systems_look"] == "table systems has changed"


@pytest.mark.parametrize("damage", ["cut notebook", "cut record", "no notebook", "no record", "another's notebook", "no object"])
def test_a_kept_step_that_is_damaged_is_as_good_as_none(house, damage):
    (record,) = house.kept.glob("orders_look-*.json")
    notebook = record.with_suffix(".ipynb.gz")
    if damage == "cut notebook":
        notebook.write_bytes(notebook.read_bytes()[:-9])
    elif damage == "cut record":
        record.write_bytes(record.read_bytes()[:-9])
    elif damage == "no notebook":
        notebook.unlink()
    elif damage == "no record":
        record.unlink()
    elif damage == "no object":
        record.write_text("[]", encoding="utf-8")
    else:
        notebook.write_bytes(next(house.kept.glob("systems_look-*.gz")).read_bytes())
    assert house.to_run() == {"orders_look": "no earlier run of it is kept"}


def test_what_is_kept_is_for_its_owner_only_and_holds_no_notes_in_the_notebook(house):
    assert stat.S_IMODE(house.kept.stat().st_mode) == 0o700
    for path in house.kept.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0
        if path.suffix == ".gz":
            assert FILE_VARIABLE.encode() not in gzip.decompress(path.read_bytes())
            assert b"reads.jsonl" not in gzip.decompress(path.read_bytes())


def test_steps_that_are_run_again_and_steps_that_are_kept_make_the_same_report_as_all_anew(own):
    """And an earlier state of the client that comes back finds its steps still kept, so many of them as are kept."""
    first = own.render()
    assert first[0] == list(STEPS)
    assert own.render() == ([], first[1])
    own.set("targets", "nps", value=50)
    second = own.render()
    assert second[0] == ["orders_look"]
    assert b"50.0 wished" in second[1]
    assert own.render(replace(own.job, force=True)) == (list(STEPS), second[1])
    own.set("targets", "nps", value=40)
    assert own.render() == ([], first[1])
    for target in (41, 42, 43):
        own.set("targets", "nps", value=target)
        assert own.render()[0] == ["orders_look"]
    assert len(list(own.kept.glob("orders_look-*.json"))) == len(list(own.kept.glob("orders_look-*.gz"))) == KEPT
    own.set("targets", "nps", value=50)
    assert own.render()[0] == ["orders_look"]


@pytest.mark.parametrize("edited", ["notebook", "package"])
def test_a_step_whose_source_was_edited_while_it_ran_is_not_kept(own, monkeypatch, edited):
    run_notebook = tasks.run_notebook

    def edit_meanwhile(notebook, *arguments, **more):
        run_notebook(notebook, *arguments, **more)
        if edited == "notebook":
            notebook.write_text(notebook.read_text(encoding="utf-8").replace("A question", "Another one"), encoding="utf-8")

    job = replace(own.job, only=("systems_look",))
    prepared = tasks.prepare(job, own.folder / "made", "code versions" if edited == "notebook" else "earlier-code versions")
    monkeypatch.setattr(tasks, "run_notebook", edit_meanwhile)
    tasks.run_step(job, own.folder / "made", prepared.to_run[0], prepared)
    assert not list(own.kept.iterdir())


def test_a_notebook_that_opens_no_client_is_always_run(own, files):
    files.step_notebook(own.notebooks, "2_systems_look", "most", setup=files.LIGHT_SETUP)
    job = replace(own.job, only=("systems_look",))
    assert own.render(job)[0] == own.render(job)[0] == ["systems_look"]


def test_a_file_or_a_module_of_the_notebooks_own_concerns_it(own, files):
    (own.notebooks / "own_words.py").write_text("WORD = 'systems'", encoding="utf-8")
    (own.notebooks / "prices.csv").write_text("price\n9\n", encoding="utf-8")
    cell = "Reading(f\"{own_words.WORD} {pd.read_csv('prices.csv').price.sum()}\")"
    files.step_notebook(own.notebooks, "2_systems_look", cell, setup=f"import own_words\n{files.SETUP}")
    job = replace(own.job, only=("systems_look",))
    assert own.render(job)[0] == ["systems_look"]
    assert own.to_run(job) == {}
    own.edit("notebooks/prices.csv", "9", "8")
    assert own.to_run(job) == {"systems_look": f"the file {own.notebooks / 'prices.csv'} has changed"}
    own.edit("notebooks/prices.csv", "8", "9")
    own.edit("notebooks/own_words.py", "systems", "SYSTEMS")
    assert own.to_run(job) == {"systems_look": f"the file {own.notebooks / 'own_words.py'} has changed"}


@pytest.mark.skipif(not can_fork(), reason="processes are not forked here")
def test_a_report_is_out_of_date_where_a_file_that_a_notebook_opened_has_changed(own, files):
    prices = own.notebooks / "prices.csv"
    prices.write_text("price\n9\n", encoding="utf-8")
    for path in (prices, own.client_file, *own.client_file.parent.glob("*.csv"), *own.notebooks.glob("*.ipynb")):
        os.utime(path, (1e9, 1e9))
    files.step_notebook(own.notebooks, "2_systems_look", "Reading(f\"{pd.read_csv('prices.csv').price.sum()} is the price\")")
    job = replace(own.job, only=("systems_look",))
    assert [render_client(job).state for _ in range(2)] == ["rendered", "up to date"]
    own.edit("notebooks/prices.csv", "9", "8")
    (plan,) = plan_clients([job])
    assert plan.reason == "a file that a notebook opens itself has changed"
    assert [render_client(job).state for _ in range(2)] == ["rendered", "up to date"]
    assert "8 is the price" in own.job.report.read_text(encoding="utf-8")
    prices.unlink()
    assert render_client(job).state == "failed"


def test_a_notebook_that_starts_another_program_is_always_run(own, files):
    files.step_notebook(own.notebooks, "2_systems_look", "import subprocess\nsubprocess.run(['true'])")
    job = replace(own.job, only=("systems_look",))
    assert own.render(job)[0] == own.render(job)[0] == ["systems_look"]
    assert json.loads((own.folder / "made" / "state.json").read_text(encoding="utf-8"))["all_told"] is False


def test_steps_of_papermills_own_engine_are_kept_too(own):
    job = replace(own.job, only=("systems_look",), engine_name=None)
    with kernel_environment():
        first = own.render(job)
        assert first[0] == ["systems_look"]
        assert own.render(job) == ([], first[1])


def test_steps_over_tables_on_a_server_are_always_run(house):
    house.set("engine", value="postgres://nobody@localhost:1/none")
    house.set("engine_rows", value="stay")
    house.set("tables", value={"systems": {"table": "systems", "columns": {"system": "name"}}})
    assert set(house.to_run().values()) == {"its tables stay on a server, where they may change without a sign"}


def test_two_clients_share_nothing_though_they_are_alike(own, files):
    job = replace(own.job, only=("systems_look",))
    own.render(job)
    twin = own.client_file.with_name("b.yaml")
    twin.write_bytes(own.client_file.read_bytes())
    assert own.render(replace(job, client_file=twin))[0] == ["systems_look"]
    moved = own.folder / "elsewhere" / "a.yaml"
    shutil.copytree(own.client_file.parent, moved.parent)
    assert own.render(replace(job, client_file=moved))[0] == ["systems_look"]
    assert own.render(replace(job, out_dir=own.folder / "other reports"))[0] == []


@pytest.mark.skipif(not can_fork(), reason="processes are not forked here")
def test_a_run_that_is_killed_goes_on_from_the_steps_that_were_done(own, tmp_path):
    """And ends with the bytes of an undisturbed run. The third step waits until it is killed, the first time."""
    mark = "import pathlib, time\nmark = pathlib.Path(client_file).with_suffix('.mark')\nif not mark.exists():\n    mark.touch(); time.sleep(600)"
    notebook = own.notebooks / "3_past_look.ipynb"
    content = json.loads(notebook.read_text(encoding="utf-8"))
    content["cells"][2]["source"] += f"\n{mark}"
    notebook.write_text(json.dumps(content), encoding="utf-8")
    call = [
        sys.executable,
        "-m",
        "cvclib",
        "render",
        str(own.client_file),
        "--out",
        str(own.job.out_dir),
        "--notebooks",
        str(own.notebooks),
    ]
    process = subprocess.Popen([*call, "--jobs", "2", "--log", "-"], stderr=subprocess.PIPE, start_new_session=True)
    ended = 0
    while ended < 3:  # tables and two steps
        ended += json.loads(process.stderr.readline())["event"] == "step ended"
    while not own.client_file.with_suffix(".mark").exists():
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    process.stderr.close()
    assert not own.job.report.exists()
    told = []
    assert render_client(own.job, told.append).state == "rendered"
    assert [event.step for event in told if event.kind == "step kept"] == ["orders_look", "systems_look"]
    assert own.render(replace(own.job, force=True)) == (list(STEPS), own.job.report.read_bytes())
