"""A template is as fresh as the code and the environment that it was made from."""

import subprocess
import sys

import pytest

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
