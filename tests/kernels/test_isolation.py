"""Two kernels of one template have nothing in common but what it imported."""

import ast
import os

import pytest

pytestmark = pytest.mark.notebook
DRAWS = "import random, numpy, uuid, tempfile; random.random(), numpy.random.rand(), uuid.uuid4().hex, tempfile.mktemp()"


def shown(executed, cell=-1):
    return ast.literal_eval(executed.cells[cell].outputs[-1].data["text/plain"])


def test_no_thread_runs_in_a_warm_process(run):
    """Python 3.12 warns of any at a fork: pyarrow's allocator, OpenBLAS and DuckDB's connection each start one."""
    executed = run("import os; [os.listdir(f'/proc/{pid}/task') == [str(pid)] for pid in (os.getppid(),)]")

    assert shown(executed) == [True]


def test_a_warm_process_has_imported_the_stack_but_chosen_no_backend(context):
    from concurrent.futures import ProcessPoolExecutor

    with ProcessPoolExecutor(1, mp_context=context, max_tasks_per_child=1) as pool:
        modules = set(pool.submit(eval, "list(__import__('sys').modules)").result())
        backend = pool.submit(eval, "__import__('matplotlib').rcParams._get_backend_or_none()").result()

    assert {"pandas", "seaborn", "scipy.stats", "duckdb", "ibis.backends.duckdb", "great_tables", "cvclib.client"} <= modules
    assert "matplotlib_inline.backend_inline" not in modules
    assert backend is None


def test_two_kernels_draw_different_random_numbers(run):
    first, second = shown(run(DRAWS)), shown(run(DRAWS))

    assert all(one != other for one, other in zip(first, second, strict=True))


def test_what_one_kernel_sets_another_does_not_see(run):
    """Module state, environment, warnings, random seeds, figures and the working folder."""
    sets = "import os, sys, warnings, pandas as pd, matplotlib.pyplot as plt, cvclib\npd.set_option('display.width', 7); cvclib.mark = 1; os.environ['MARK'] = '1'"
    asks = "import os, sys, warnings, pandas as pd, matplotlib.pyplot as plt, cvclib\n"
    asks += "pd.get_option('display.width'), hasattr(cvclib, 'mark'), 'MARK' in os.environ, plt.get_fignums(), os.getcwd() != '/', 'x' in sys.path"
    run(sets + "; os.chdir('/'); sys.path.append('x'); plt.figure(); warnings.simplefilter('error')")

    assert shown(run(asks)) == (80, False, False, [], True, False)


def test_the_working_folder_and_its_modules_are_the_notebooks(run, tmp_path):
    (tmp_path / "beside_it.py").write_text("WORD = 'found'", encoding="utf-8")

    assert shown(run("import os, beside_it; os.getcwd(), beside_it.WORD, os.path.dirname(os.path.abspath(beside_it.__file__))")) == (
        str(tmp_path),
        "found",
        str(tmp_path),
    )


def test_where_the_asking_process_looks_for_modules_is_its_own_affair(run, monkeypatch):
    monkeypatch.syspath_prepend("/of/the/asking/process")

    assert "/of/the/asking/process" not in shown(run("import sys; sys.path"))


def test_a_kernel_takes_the_environment_of_the_process_that_asked_for_it(run, monkeypatch):
    monkeypatch.setenv("SAID_LATE", "yes")

    assert shown(run("import os; os.environ['SAID_LATE']")) == "yes"


def test_duckdbs_own_connection_works_in_a_kernel_with_all_its_threads(run):
    executed = run(
        "import duckdb; duckdb.sql('select sum(range) from range(1000000)').fetchone()[0], duckdb.sql('select current_setting(\\'threads\\')').fetchone()[0]"
    )

    assert shown(executed) == (499999500000, len(os.sched_getaffinity(0)))
