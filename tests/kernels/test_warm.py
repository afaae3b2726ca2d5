"""A template is as fresh as the code and the environment that it was made from."""

import subprocess
import sys
from importlib import import_module

import pytest

from cvclib.kernels.template import without

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs fork")

PROGRAM = """
import os, sys
from pathlib import Path
from multiprocessing import forkserver
from cvclib.kernels import warm

if __name__ == "__main__":
    warm.PACKAGE, warm.TEMPLATE = Path(sys.argv[1]), "json"
    seen = []
    def start():
        process = warm.warm_context().Process(target=int)
        process.start(); process.join()
        seen.append(forkserver._forkserver._forkserver_pid)
    start(); start()
    os.environ["NEVER_READ"] = "1"
    start()
    os.environ["PYTHONHASHSEED"] = "7"
    start()
    os.utime(warm.PACKAGE / "module.py", (1, 1))
    start()
    (warm.PACKAGE / "another.py").touch()
    start()
    print(*(seen.index(pid) for pid in seen))
"""


def test_changed_code_or_environment_makes_a_new_template_and_nothing_else_does(tmp_path):
    """By turns: the first, nothing changed, a variable that no import reads; then the hash seed, a changed and a new module."""
    (tmp_path / "package").mkdir()
    (tmp_path / "package/module.py").touch()
    (tmp_path / "program.py").write_text(PROGRAM, encoding="utf-8")
    done = subprocess.run([sys.executable, tmp_path / "program.py", tmp_path / "package"], capture_output=True, text=True, check=True)

    assert done.stdout == "0 0 0 3 4 5\n"


def test_what_is_left_out_while_others_are_imported_can_be_imported_afterwards():
    with without("colorsys"), pytest.raises(ModuleNotFoundError):
        import_module("colorsys")

    assert import_module("colorsys").rgb_to_hsv(0, 0, 0) == (0.0, 0.0, 0)


def test_the_template_leaves_out_a_slow_grammar_and_a_notebook_may_still_have_it(run):
    executed = run("import sys\nprint('jsonschema' in sys.modules, 'rfc3987_syntax' in sys.modules)\nimport rfc3987_syntax")

    assert [output.get("text", "") for output in executed.cells[0].outputs] == ["True False\n"]
