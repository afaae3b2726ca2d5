"""The house keeps its rules: which room imports which, what is documented, how things are named."""

import ast
import functools
import importlib
import inspect
import json
import pkgutil
import re
import tomllib
from pathlib import Path

import pytest

import cvclib

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "cvclib"
MODULES = sorted(path for path in PACKAGE.rglob("*.py"))
NOTEBOOKS = sorted((ROOT / "notebooks").glob("[1-7]_*.ipynb"))

# A room, and the rooms whose modules it must not know.
FORBIDDEN = {
    "methods": {"client", "sources", "params", "tables", "steps", "charts", "render", "cli", "exhibits", "findings", "kpis", "errors"},
    "charts": {"client", "sources", "params", "tables", "steps", "render", "cli", "findings", "kpis"},
    "tables": {"client", "sources", "params", "steps", "render", "cli"},
    "params": {"client", "sources", "steps", "render", "cli"},
    "sources": {"client", "steps", "render", "cli", "exhibits", "charts"},
    "proposing": {"client", "steps", "render", "cli", "charts", "exhibits", "findings", "kpis", "methods"},
    "client": {"steps", "render", "cli", "charts"},
    "clients": {"client", "sources", "steps", "render", "cli", "charts"},
    "client_display": {"steps", "render", "cli", "charts", "sources"},
    "steps": {"render", "cli", "sources"},
    "kpis": {"render", "cli", "charts"},
    "render": {"steps", "kpis", "methods", "charts", "cli"},
    "kernels": {"client", "sources", "params", "tables", "steps", "charts", "methods", "render", "cli", "findings", "kpis", "exhibits"},
    "findings": {"client", "steps", "render", "cli"},
    "exhibits": {"client", "steps", "render", "cli"},
    "demo": {"client", "sources", "steps", "render", "cli"},
}


def rooms_imported(path: Path) -> set[str]:
    rooms = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("cvclib"):
            parts = node.module.split(".")
            rooms |= {parts[1]} if len(parts) > 1 else {alias.name for alias in node.names}
        if isinstance(node, ast.Import):
            rooms |= {alias.name.split(".")[1] for alias in node.names if alias.name.startswith("cvclib.")}
    return rooms


def test_arrows_between_rooms_go_one_way():
    wrong = {}
    for path in MODULES:
        room = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
        if known := rooms_imported(path) & FORBIDDEN.get(room, set()):
            wrong[str(path.relative_to(PACKAGE))] = known
    assert not wrong


def test_every_module_says_what_it_knows():
    silent = [path for path in MODULES if not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))]
    assert not silent


@functools.cache
def public_names():
    """Every public function and class of the package, by its full name, where it is defined."""
    found = {}
    for info in pkgutil.walk_packages(cvclib.__path__, "cvclib."):
        if info.name.endswith("__main__"):
            continue
        module = importlib.import_module(info.name)
        for name, thing in vars(module).items():
            mine = getattr(thing, "__module__", None) == module.__name__
            if mine and not name.startswith("_") and (inspect.isfunction(thing) or inspect.isclass(thing)):
                found[f"{info.name}.{name}"] = thing
    return found


def test_every_public_name_is_documented():
    assert not [name for name, thing in public_names().items() if not inspect.getdoc(thing)]


def test_every_method_shows_an_example():
    methods = {name: thing for name, thing in public_names().items() if name.startswith("cvclib.methods") and inspect.isfunction(thing)}
    assert len(methods) > 30
    assert not [name for name, thing in methods.items() if ">>>" not in inspect.getdoc(thing)]


def test_every_argument_and_result_has_a_type():
    untyped = []
    for name, thing in public_names().items():
        if inspect.isfunction(thing):
            signature = inspect.signature(thing)
            untyped += [f"{name}({p.name})" for p in signature.parameters.values() if p.annotation is inspect.Parameter.empty]
            untyped += [name] if signature.return_annotation is inspect.Signature.empty else []
    assert not untyped


def test_nothing_in_the_house_names_an_index_or_a_machine():
    addresses = re.compile(r"files\.pythonhosted|pypi\.org/simple|--(?:extra-)?index-url|--find-links|/home/\w+/|/root/")
    texts = [p for p in ROOT.glob("*") if p.is_file() and p.suffix in {".md", ".toml", ".lock", ".yml", ""}]
    texts += [*MODULES, *NOTEBOOKS, *ROOT.glob("params/**/*.yaml")]
    assert not [path.name for path in texts if addresses.search(path.read_text(encoding="utf-8"))]


def test_the_lock_pins_every_dependency_with_hashes():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    names = {re.match(r"[A-Za-z0-9_.-]+", line)[0].lower().replace("_", "-") for line in wanted}
    entries = (ROOT / "requirements.lock").read_text(encoding="utf-8").replace("\\\n", "").splitlines()
    pinned = {line.split("==")[0].split("[")[0]: line for line in entries if "==" in line}
    assert names <= set(pinned)
    assert all("--hash=sha256:" in line for line in pinned.values())


def notebook_cells(path):
    notebook = json.loads(path.read_text(encoding="utf-8"))
    return [(c["cell_type"], set(c["metadata"].get("tags", [])), "".join(c["source"]), c) for c in notebook["cells"]]


def test_there_are_seven_notebooks_named_as_their_steps():
    from cvclib.steps import STEPS

    assert [path.stem for path in NOTEBOOKS] == [f"{i}_{step}" for i, step in enumerate(STEPS, start=1)]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
class TestEachNotebook:
    def test_is_stored_without_outputs(self, path):
        code = [cell for kind, _, _, cell in notebook_cells(path) if kind == "code"]
        assert not any(cell["outputs"] or cell["execution_count"] for cell in code)

    def test_opens_with_a_title_of_at_most_eight_lines(self, path):
        kind, _, source, _ = notebook_cells(path)[0]
        assert kind == "markdown"
        assert source.startswith(f"# {path.stem[0]} · ")
        assert len(source.splitlines()) <= 8

    def test_has_one_parameters_cell_of_plain_commented_literals(self, path):
        cells = [source for _, tags, source, _ in notebook_cells(path) if "parameters" in tags]
        assert len(cells) == 1
        for line in cells[0].splitlines():
            name, kind, value, help_ = re.fullmatch(r"(\w+): (str|int|float|bool) = (.+?)  # (.+)", line).groups()
            assert type(ast.literal_eval(value)).__name__ == kind
            assert help_
            assert name.islower()

    def test_takes_the_parameters_that_all_steps_share(self, path):
        cells = [source for _, tags, source, _ in notebook_cells(path) if "parameters" in tags]
        names = [line.split(":")[0] for line in cells[0].splitlines()]
        assert names[:4] == ["client_file", "period_start", "period_end", "segment"]

    def test_has_its_setup_third_and_defines_nothing_later(self, path):
        cells = notebook_cells(path)
        assert "parameters" in cells[1][1]
        assert "setup" in cells[2][1]
        for kind, tags, source, _ in cells:
            if kind == "code" and "setup" not in tags:
                tree = list(ast.walk(ast.parse(source)))
                assert not any(isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Import | ast.ImportFrom) for node in tree)
                assert not any(isinstance(node, ast.AugAssign) for node in tree)

    def test_imports_public_names_only(self, path):
        setup = next(source for _, tags, source, _ in notebook_cells(path) if "setup" in tags)
        names = [alias.name for node in ast.walk(ast.parse(setup)) if isinstance(node, ast.ImportFrom) for alias in node.names]
        assert names
        assert not any(name.startswith("_") for name in names)

    def test_types_no_number_of_a_client_into_its_prose(self, path):
        """A percentage, an amount or a decimal in the prose would be somebody's figure, unless it is a convention."""
        prose = "\n".join(source for kind, _, source, _ in notebook_cells(path) if kind == "markdown")
        figures = re.findall(r"\d+(?:[.,]\d+)?\s?%|(?:EUR|USD|€|\$)\s?\d+", prose)
        assert set(figures) <= {"95%", "95 %", "90%", "50%", "100%"}

    def test_keeps_code_cells_short(self, path):
        for kind, tags, source, _ in notebook_cells(path):
            if kind == "code" and not tags & {"parameters", "setup"}:
                assert len(source.splitlines()) <= 10
