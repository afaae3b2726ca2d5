"""`cvc new`, `cvc demo`, `cvc lab`."""

import json
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

import cvclib.demo
from cvclib import workspace
from cvclib.cli import folders

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def made(monkeypatch):
    """A demonstration client that is one small file; the calls that asked for it."""
    calls = []

    def write_demo(out_dir, seed=1, n_customers=2000):
        calls.append((Path(out_dir), seed, n_customers))
        Path(out_dir).mkdir(parents=True, exist_ok=True)
        (Path(out_dir) / "crm.csv").write_text("id\n1\n", encoding="utf-8")
        return [Path(out_dir) / "crm.csv"]

    monkeypatch.setattr(cvclib.demo, "write_demo", write_demo)
    return calls


@pytest.fixture
def workbook(monkeypatch, tmp_path):
    """A workbook with one notebook, as an installed package carries it."""
    folder = tmp_path / "installed"
    for name, text in {"notebooks/1_process_mapping.ipynb": "{}", "params/nordic-beds.yaml": "client: Nordic Beds\n"}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    monkeypatch.setattr(workspace, "INSTALLED", folder)
    monkeypatch.setattr(folders, "current_schema", lambda: {"title": "schema"})
    return folder


class TestNew:
    def test_lays_out_a_folder_in_which_one_can_work(self, cvc, here, workbook, made):
        result = cvc("new", "work")
        assert result.exit_code == 0
        files = sorted(str(path.relative_to(here / "work")) for path in (here / "work").rglob("*"))
        assert files == [
            ".gitignore", "README.txt", "data", "data/nordic-beds", "data/nordic-beds/crm.csv", "notebooks", "notebooks/1_process_mapping.ipynb", "params",
            "params/nordic-beds.yaml", "reports", "schema", "schema/client.schema.json",
        ]  # fmt: skip
        assert "work is ready. Next:\n  cd work\n  cvc check params/nordic-beds.yaml\n  cvc render" in result.stdout
        assert "cvc lab" in (here / "work" / "README.txt").read_text(encoding="utf-8")

    def test_refuses_a_folder_that_holds_something(self, cvc, here, workbook, made):
        (here / "work").mkdir()
        (here / "work" / "mine.txt").touch()
        result = cvc("new", "work")
        assert result.exit_code == 2
        assert result.stderr == (
            "work: found mine.txt; expected an empty or a new folder. "
            "Name a new folder, or give --force to add what is missing; nothing that is there is overwritten.\n"
        )
        assert not made

    @pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
    def test_under_git_no_row_of_a_client_is_added(self, cvc, here, workbook, made):
        (here / "work").mkdir()
        subprocess.run(["git", "init", "--quiet", "work"], check=True)
        assert cvc("new", "work").exit_code == 0
        for name in ("reports/a/a.html", ".env", "checks/a.html", "notebooks/.ipynb_checkpoints/x.ipynb"):
            (here / "work" / name).parent.mkdir(parents=True, exist_ok=True)
            (here / "work" / name).touch()
        subprocess.run(["git", "add", "."], cwd=here / "work", check=True)
        added = subprocess.run(["git", "ls-files"], cwd=here / "work", check=True, capture_output=True, text=True).stdout.split()
        assert added == [
            ".gitignore", "README.txt", "notebooks/1_process_mapping.ipynb", "params/nordic-beds.yaml", "schema/client.schema.json",
        ]  # fmt: skip

    def test_refuses_a_file(self, cvc, here, workbook):
        (here / "work").touch()
        assert "work: found a file; expected a folder." in cvc("new", "work").stderr

    def test_with_force_keeps_every_edit_and_adds_what_is_missing(self, cvc, here, workbook, made):
        cvc("new", "work")
        edited, gone = here / "work" / "params" / "nordic-beds.yaml", here / "work" / "notebooks" / "1_process_mapping.ipynb"
        edited.write_text("client: Mine\n", encoding="utf-8")
        gone.unlink()
        result = cvc("new", "work", "--force")
        assert result.exit_code == 0
        assert result.stderr == "kept as it is: work/params/nordic-beds.yaml\n"
        assert edited.read_text(encoding="utf-8") == "client: Mine\n"
        assert gone.exists()
        assert len(made) == 1  # the data that was there is kept, too

    def test_can_leave_out_the_example_client(self, cvc, here, workbook, made):
        result = cvc("new", "work", "--no-demo")
        assert result.exit_code == 0
        assert result.stdout == "work is ready. Next:\n  cd work\n  cvc init CLIENT data/CLIENT\n  cvc lab\n"
        assert not made
        assert not list((here / "work" / "params").iterdir())

    def test_says_so_where_the_package_came_without_notebooks(self, cvc, workbook, monkeypatch, tmp_path):
        monkeypatch.setattr(workspace, "INSTALLED", tmp_path / "a")
        monkeypatch.setattr(workspace, "CHECKOUT", tmp_path / "b")
        result = cvc("new", "work")
        assert (result.exit_code, "found no notebooks with the package" in result.stderr) == (2, True)


class TestDemo:
    def test_hands_seed_place_and_size_on_and_prints_the_files(self, cvc, made):
        result = cvc("demo", "--seed", "7", "--out", "data/demo-7", "--customers", "300")
        assert result.exit_code == 0
        assert made == [(Path("data/demo-7"), 7, 300)]
        assert result.stdout == "data/demo-7/crm.csv\n"
        assert "Next: cvc check data/demo-7/demo-7.yaml" in result.stderr

    def test_makes_the_example_client_by_default(self, cvc, made):
        cvc("demo")
        assert made == [(Path("data/nordic-beds"), 1, 2000)]

    def test_multiplies_the_customers_by_the_scale(self, cvc, made):
        cvc("demo", "--customers", "300", "--scale", "10")
        cvc("demo", "--scale", "100")
        assert [n for _, _, n in made] == [3_000, 200_000]

    @pytest.mark.parametrize("call", [["--seed", "-1"], ["--customers", "3"], ["--scale", "0"]])
    def test_refuses_what_cannot_be_made(self, cvc, made, call):
        assert cvc("demo", *call).exit_code == 2

    def test_refuses_a_file_as_its_place(self, cvc, here, made):
        (here / "x").touch()
        assert cvc("demo", "--out", "x").exit_code == 2

    def test_writes_the_same_bytes_for_the_same_seed(self, cvc, here):
        """The real one, small."""
        for name in ("one/d", "two/d"):
            assert cvc("demo", "--seed", "3", "--customers", "200", "--out", name).exit_code == 0
        one, two = ({p.name: p.read_bytes() for p in (here / name).iterdir()} for name in ("one/d", "two/d"))
        assert one
        assert one == two


class TestLab:
    @pytest.fixture
    def calls(self, monkeypatch):
        calls = []
        monkeypatch.setattr(folders, "run", lambda call: calls.append(call) or 0)
        return calls

    @pytest.fixture
    def notebooks(self, here):
        (here / "notebooks").mkdir()
        (here / "notebooks" / "1_process_mapping.ipynb").touch()

    def test_opens_jupyterlab_on_the_notebooks_and_hands_further_arguments_on(self, cvc, here, calls, notebooks):
        assert cvc("lab", "--no-browser", "--port", "8890").exit_code == 0
        assert calls == [
            [sys.executable, "-m", "jupyterlab", f"--ServerApp.root_dir={here}", "--LabApp.default_url=/lab/tree/notebooks", "--no-browser",
             "--port", "8890"]
        ]  # fmt: skip

    def test_says_where_to_run_it_where_there_are_no_notebooks(self, cvc, calls):
        result = cvc("lab")
        assert (result.exit_code, calls) == (2, [])
        assert "found no notebooks; expected the step notebooks. Lay out a working folder with 'cvc new DIR'" in result.stderr

    def test_says_so_where_jupyterlab_is_missing(self, cvc, calls, notebooks, monkeypatch):
        monkeypatch.setattr(folders, "find_spec", lambda name: None)
        result = cvc("lab")
        assert (result.exit_code, calls) == (2, [])
        assert "found no JupyterLab; expected the package jupyterlab. Install it:" in result.stderr

    def test_a_program_is_run_to_its_end_and_interrupts_are_its_own(self):
        before = signal.getsignal(signal.SIGINT)
        assert (
            folders.run([sys.executable, "-c", "import signal; raise SystemExit(signal.getsignal(2) is not signal.default_int_handler)"])
            == 0
        )
        assert folders.run([sys.executable, "-c", "raise SystemExit(3)"]) == 3
        assert signal.getsignal(signal.SIGINT) is before

    @pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signal")
    def test_a_request_to_end_reaches_the_program(self, tmp_path):
        told = tmp_path / "told"
        inner = f"import signal, time; signal.signal(15, lambda *_: (open({str(told)!r}, 'w').close(), exit(4))); print('on', flush=True); time.sleep(60)"
        outer = f"import sys; from cvclib.cli.folders import run; raise SystemExit(run([sys.executable, '-c', {inner!r}]))"
        with subprocess.Popen([sys.executable, "-c", outer], stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout.readline() == "on\n"
            process.terminate()
            assert process.wait(30) == 4
        assert told.exists()


class TestOpen:
    @pytest.fixture
    def working(self, here, monkeypatch):
        """A working folder with a client and two small notebooks; the calls of JupyterLab."""
        cells = ["client_file: str = '../params/x.yaml'\nsegment: str = ''\nmin_n: int = 30", "client = client_file", "client / min_n"]
        for name in ("1_process_mapping", "6_advocacy"):
            notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
            notebook.cells[0].metadata["tags"] = ["parameters"]
            notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
            (here / "notebooks").mkdir(exist_ok=True)
            nbformat.write(notebook, here / "notebooks" / f"{name}.ipynb")
        (here / "params" / "a.yaml").write_text(
            "client: A\nperiod: {start: 2025-01-01, end: 2025-12-31}\ntables: {orders: {file: o.csv, columns: {order_id: a, customer_id: b, "
            "ordered_at: c}}}\nsteps: {advocacy: {min_n: 5}}\n", encoding="utf-8",
        )  # fmt: skip
        calls = []
        monkeypatch.setattr(folders, "find_spec", lambda name: True)
        monkeypatch.setattr(folders, "run", lambda call: calls.append(call) or 0)
        return calls

    @pytest.mark.parametrize("step", ["6", "advocacy", "Advocacy"])
    def test_opens_a_copy_with_the_clients_parameters_in_place(self, cvc, here, working, step):
        before = (here / "notebooks" / "6_advocacy.ipynb").read_bytes()
        result = cvc("open", "a", "--step", step, "--no-browser")
        assert result.exit_code == 0, result.output
        place = "open/a/6_advocacy.ipynb"
        assert result.stdout == f"{place}\n"
        assert working == [
            [sys.executable, "-m", "jupyterlab", f"--ServerApp.root_dir={here}", f"--LabApp.default_url=/lab/tree/{place}", "--no-browser"]
        ]
        cells = nbformat.read(here / place, as_version=4).cells
        given = {}
        exec(cells[1].source, given)
        assert (given["client_file"], given["min_n"]) == ("../../params/a.yaml", 5)
        assert (here / "open" / "a" / given["client_file"]).resolve() == here / "params" / "a.yaml"
        assert (here / "notebooks" / "6_advocacy.ipynb").read_bytes() == before

    def test_a_copy_keeps_what_was_changed_in_it_unless_it_is_to_be_made_anew(self, cvc, here, working):
        cvc("open", "a", "--step", "6")
        place = here / "open" / "a" / "6_advocacy.ipynb"
        first = place.read_bytes()
        place.write_bytes(first.replace(b"client / min_n", b"client * min_n"))
        cvc("open", "a", "--step", "6")
        assert b"client * min_n" in place.read_bytes()
        cvc("open", "a", "--step", "6", "--fresh")
        assert place.read_bytes() == first

    def test_opens_the_notebook_that_failed_with_a_note_above_the_cell(self, cvc, here, working):
        told = {"step": "advocacy", "message": "TypeError: no <b>", "fix": "Mend it.", "heading": "", "source": "client / min_n"}
        (here / "reports" / "a").mkdir(parents=True)
        (here / "reports" / "a" / "failed.json").write_text(json.dumps(told), encoding="utf-8")
        assert cvc("open", "params/a.yaml", "--failed").stdout == "open/a/6_advocacy-failed.ipynb\n"
        cells = nbformat.read(here / "open" / "a" / "6_advocacy-failed.ipynb", as_version=4).cells
        at = [cell.source for cell in cells].index("client / min_n")
        assert cells[at - 1].source.startswith("## It failed here")
        assert "    TypeError: no <b>" in cells[at - 1].source
        assert "Mend it." in cells[at - 1].source

    @pytest.mark.parametrize(
        ("call", "said"),
        [
            (["b"], "params/b.yaml: found no such file"),
            (["a", "--step", "9"], "--step: found '9'; expected a number or a name: 1 process_mapping, 6 advocacy."),
            (["a", "--step", "advocasy"], "Did you mean 'advocacy'?"),
            (["a", "--failed"], "reports/a: found no failed report; expected a report of this client that failed in a step."),
        ],
    )
    def test_says_what_there_is_not(self, cvc, working, call, said):
        result = cvc("open", *call)
        assert (result.exit_code, working) == (2, [])
        assert said in result.stderr
