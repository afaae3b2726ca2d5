"""Every command of the README and of the pages in docs/ runs, and says what they show; links and quoted messages lead somewhere."""

import ast
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # as pytest itself does without importlib mode

from console import ROOT, commands_of, shows, terminal

from cvclib.references import METHODS
from cvclib.steps import READS, STEPS

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
RUN_ELSEWHERE = {"postgres": "tests/engines/test_page.py"}
MADE = {"tables.md", "client_file.md"}  # as long as what they list
MOST_LINES = 120


@pytest.fixture(scope="session")
def laid_out(tmp_path_factory):
    """What `cvc new work` makes, to be copied for each page."""
    folder = tmp_path_factory.mktemp("docs")
    place = terminal(folder, folder / "tools")
    subprocess.run(["bash", "-c", "cvc new work"], cwd=folder, env=place.variables, check=True, capture_output=True)
    return folder / "work"


@pytest.mark.notebook
@pytest.mark.parametrize("page", [page for page in PAGES if commands_of(page.read_text(encoding="utf-8"))], ids=lambda page: page.stem)
def test_the_commands_of_a_page_run_and_say_what_it_shows(page, laid_out, tmp_path):
    shutil.copytree(laid_out, tmp_path / "work")
    here = terminal(tmp_path / "work", tmp_path / "tools")
    for command in commands_of(page.read_text(encoding="utf-8")):
        if command.needs:
            assert command.needs in RUN_ELSEWHERE, f"line {command.line}: nobody runs what needs {command.needs}"
        else:
            here.run(command)


def test_the_readme_names_every_page():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert not [page.name for page in PAGES[1:] if f"(docs/{page.name})" not in readme]


def test_what_needs_a_server_is_run_where_there_is_one():
    assert all((ROOT / place).is_file() for place in RUN_ELSEWHERE.values())


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
class TestEachPage:
    def test_links_to_files_that_are_there(self, page):
        text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
        linked = [target.split("#")[0] for target in re.findall(r"\]\(([^)\s]+)\)", text) if "://" not in target]
        assert not [target for target in linked if target and not (page.parent / target).exists()]

    def test_is_short(self, page):
        assert page.name in MADE or len(page.read_text(encoding="utf-8").splitlines()) <= MOST_LINES

    def test_marks_every_block_of_commands_as_one_that_is_run(self, page):
        unmarked = re.findall(r"^```(?!console)\w*\n\$ .*", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
        assert not unmarked


class TestTheReader:
    PAGE = "text\n```console exit=2\n$ cat <<'END'\n> a\n>  b\n> END\na\n…\n$ false\n```\n```sh\n$ no command\n```\n"

    def test_finds_commands_with_their_further_lines_and_their_output(self):
        first, second = commands_of(self.PAGE)
        assert (first.line, first.text, first.shown, first.status) == (3, "cat <<'END'\na\n b\nEND", ("a", "…"), 2)
        assert (second.line, second.text, second.shown) == (9, "false", ())

    @pytest.mark.parametrize(
        ("shown", "same"),
        [
            (("a 1.2 s", "b", "c"), True),
            (("a … s", "…", "c"), True),
            (("…", "b", "…"), True),
            ((), True),
            (("a 1.2 s", "c"), False),
            (("…", "c", "…", "b"), False),
            (("b", "c"), False),
            (("a 9.9 s", "…"), False),
        ],
    )
    def test_holds_an_output_against_what_is_shown(self, shown, same):
        assert shows("a 1.2 s \nb\nc\n", shown) is same

    def test_refuses_a_block_with_settings_that_it_does_not_know(self):
        with pytest.raises(AssertionError, match="may say exit, needs"):
            commands_of("```console exits=2\n$ true\n```\n")

    @pytest.mark.parametrize("command", ["false", "echo b"])
    def test_tells_of_a_command_that_does_otherwise(self, command, tmp_path):
        here = terminal(tmp_path, tmp_path / "tools")
        (made,) = commands_of(f"```console\n$ {command}\na\n```\n")
        with pytest.raises(AssertionError, match=re.escape(command)):
            here.run(made)


class TestThePageOfTheSteps:
    PAGE = (ROOT / "docs" / "steps.md").read_text(encoding="utf-8")

    @pytest.mark.parametrize(("number", "step"), list(enumerate(STEPS, start=1)))
    def test_tells_what_a_step_asks_and_reads(self, number, step):
        opening = json.loads((ROOT / "notebooks" / f"{number}_{step}.ipynb").read_text(encoding="utf-8"))["cells"][0]["source"]
        title, _, question = "".join(opening).splitlines()[:3]
        tables = ", ".join(f"[{table}](tables.md#{table})" for table in READS[step])
        assert f"#{title}\n\n**{question}**\n\nReads {tables}.\n" in self.PAGE

    def test_names_no_work_that_the_code_does_not_name(self):
        sources = [path.read_text(encoding="utf-8") for room in ("methods", "steps") for path in (ROOT / "cvclib" / room).glob("*.py")]
        known = " ".join(" ".join(sources).split())
        works = [
            work
            for line in self.PAGE.splitlines()
            if line.startswith("- ")
            for work in re.split(r": (?=[\"A-Z])", line, maxsplit=1)[1].rstrip(".").split("; ")
        ]
        assert len(works) > 50
        assert not [work for work in works if work not in known]


@pytest.fixture(scope="session")
def said():
    """Every text in the source code, and the output that the pages show, which is held against the real one."""
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in sorted((ROOT / "cvclib").rglob("*.py"))]
    nodes = [node for tree in trees for node in ast.walk(tree)]
    texts = [node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    shown = [line for page in PAGES for command in commands_of(page.read_text(encoding="utf-8")) for line in command.shown]
    return "\n".join([*texts, *shown])


class TestTroubleshooting:
    """A message that is quoted is one that the program still says; what the page shows as output is run above."""

    PAGE = (ROOT / "docs" / "troubleshooting.md").read_text(encoding="utf-8")
    QUOTED = tuple(re.findall(r"^\| `(.+?)` \|", PAGE, flags=re.MULTILINE))
    BETWEEN = r"…|\bexpected |\bfound |'"  # what stands between the parts of a message

    def test_quotes_at_least_twenty(self):
        assert len(self.QUOTED) >= 20

    @pytest.mark.parametrize("message", QUOTED)
    def test_quotes_what_is_still_said(self, message, said):
        parts = [part.strip(" .;()") for part in re.split(self.BETWEEN, message)]
        assert any(len(part.split()) > 1 for part in parts)
        assert not [part for part in parts if part and part not in said]


def test_the_page_on_the_steps_names_every_method_and_where_it_was_published():
    page = (ROOT / "docs" / "steps.md").read_text(encoding="utf-8")
    sections = dict(re.findall(r"^## \d · ([\w ]+)\n(.*?)(?=^## |\Z)", page, flags=re.DOTALL | re.MULTILINE))
    listed = {title.lower().replace(" ", "_"): re.findall(r"^- (.*)$", text, flags=re.MULTILINE) for title, text in sections.items()}
    assert listed == {step: [f"{what}: {published}" for what, published in methods] for step, methods in METHODS.items()}
