"""A forked kernel's outputs are those of a kernel started anew, whatever their kind."""

import copy
import re

import pytest
from nbconvert.preprocessors import CoalesceStreamsPreprocessor

FAILS = "raises-exception"
EVERY_KIND = [
    "import os, sys, time, warnings, logging, asyncio, getpass, threading, subprocess",
    "print('out 1'); print('err 1', file=sys.stderr); print('out 2'); 'last'",
    "for i in range(3):\n    print(i, end=' ', flush=True)\n'shown'; 1",
    "1;",
    "None",
    "",
    "_, Out[3], In[2][:3]",
    "class Rich:\n    def _repr_html_(self): return '<b>é</b>'\n    def _repr_markdown_(self): return '**x**'\n"
    "    def __repr__(self): return 'plain'\nRich()",
    "class Bundle:\n    def _repr_mimebundle_(self, include=None, exclude=None):\n"
    "        return {'text/plain': 'p', 'application/vnd.x+json': {'a': (1, 2), '3': None}}, {'text/plain': {'wide': True}}\nBundle()",
    "from IPython.display import *\ndisplay(1, HTML('<i>i</i>'), Markdown('*m*'), JSON({'a': [1]}), Latex('$x$'), SVG('<svg></svg>'))",
    "display(Rich(), metadata={'text/html': {'isolated': True}})\ndisplay({'text/plain': 'raw'}, raw=True)",
    "print('before'); display('between'); print('after'); display('end')",
    "handle = display('first', display_id='kept')",
    "update_display('second', display_id='kept'); display('third', display_id='kept'); handle.update(HTML('fourth'))",
    "print('gone'); clear_output(); print('stays')",
    "print('gone'); clear_output(wait=True); display('stays')",
    "print('stays'); clear_output(wait=True)",
    "%who_ls Rich",
    "%precision 3\n3.14159",
    "%%capture held\nprint('caught'); display('too')",
    "held.stdout, len(held.outputs), held.show()",
    "!echo from the shell\nlisted = !echo one; echo two\nlisted",
    "%%bash\necho out of bash; echo errors of bash >&2",
    "os.system('echo straight to the descriptor'); time.sleep(0.5)",
    "subprocess.run(['echo', 'a process of its own']); time.sleep(0.5)",
    "await asyncio.sleep(0.01, 'awaited')",
    "async def later():\n    await asyncio.sleep(0.02); return 'done'\ntask = asyncio.create_task(later())",
    "await asyncio.sleep(0.1); task.done(), await task",
    "thread = threading.Thread(target=print, args=('of a thread',)); thread.start(); thread.join()",
    "warnings.warn('careful'); warnings.warn('old', DeprecationWarning)",
    "logging.warning('logged'); logging.getLogger('x').info('not logged')",
    "import pandas as pd\npd.DataFrame({'a': [1, 2.5], 'b': ['x', None]})",
    "import pickle; pickle.loads(pickle.dumps(Rich())).__class__, __name__, Rich.__module__, sys.modules['__main__'].Rich is Rich",
    "type(get_ipython()).__name__, 'IPKernelApp' in get_ipython().config, sys.stdout.isatty(), sys.stdin.read()",
    "[p for p in sys.path if 'cvc' not in p], os.path.samefile(os.getcwd(), '.'), os.environ.get('TERM'), os.environ['PAGER']",
    "%config InlineBackend.figure_formats = ['svg', 'png']",
    "%config InlineBackend.figure_formats = ['png']",
    "import matplotlib.pyplot as plt\nplt.plot([1, 2]); plt.title('left open')",
    "figure, axes = plt.subplots(); axes.bar([1], [2]); plt.show(); print('after the show')",
    "figure",
    "display(figure, figure); plt.close('all')",
    "%matplotlib inline\nplt.figure(facecolor='none'); plt.hist([1, 2, 2]);",
    "import seaborn; seaborn.barplot(x=[1, 2], y=[3, 4])",
    "from matplotlib.figure import Figure\ndrawn = Figure(); drawn.subplots().plot([3, 1]); drawn",
    "plt.get_backend(), plt.isinteractive(), plt.rcParams['figure.dpi']",
    ("def inner(): raise ValueError('of the sum')\ntry:\n    inner()\nexcept ValueError as e: raise KeyError('of the key') from e", FAILS),
    ("print('before'); 1 / 0", FAILS),
    ("a = = 1", FAILS),
    ("def asks(): raise MemoryError('too much')\nasks()", FAILS),
    ("%nosuchmagic", FAILS),
    ("input('name? ')", FAILS),
    ("getpass.getpass()", FAILS),
    ("sys.exit(3)", FAILS),
    ("class Bad:\n    def __repr__(self): raise RuntimeError('no text')\nBad()", FAILS),
    ("raise KeyboardInterrupt", FAILS),
    ("await asyncio.wait_for(asyncio.sleep(9), 0.01)", FAILS),
    "from tqdm.auto import tqdm; tqdm.__module__",
    "import comm\nstate = {'_model_module': 'm', '_model_module_version': '1', '_model_name': 'n', 'value': 3}\n"
    "widget = comm.create_comm(target_name='jupyter.widget', comm_id='w1', data={'state': state}); widget.send({'state': {'value': 4}})",
    "import multiprocessing\nwarnings.simplefilter('ignore')\none = multiprocessing.get_context('fork').Process(target=print, args=('of a forked process',))\n"
    "one.start(); one.join(); time.sleep(0.5); one.exitcode, multiprocessing.current_process().name",
    "left_open = open('left_open.txt', 'w'); left_open.write('written'); import atexit; atexit.register(lambda: open('at_exit.txt', 'w').close());",
    "'and on it goes'",
]  # fmt: skip


@pytest.fixture
def both(run, tmp_path):
    def outputs(*sources):
        found = []
        for engine in ("cvclib", "nbclient"):
            (tmp_path / engine).mkdir()
            found.append(comparable(run(*sources, engine=engine, folder=tmp_path / engine)))
        return found

    return outputs


def comparable(executed):
    """Cells as they are saved, without what differs between two runs of one kernel: process numbers, addresses, where a print is cut."""
    executed, _ = CoalesceStreamsPreprocessor(enabled=True)(copy.deepcopy(executed), {})
    cells = []
    for cell in (cell for cell in executed.cells if cell.cell_type == "code"):  # papermill puts text above a failure
        for timed in ("papermill", "execution"):
            cell.metadata.pop(timed, None)
        text = re.sub(r"ipykernel_\d+/\d+", "ipykernel_N/N", repr((cell.source, cell.outputs, cell.execution_count, cell.metadata)))
        cells.append(re.sub(r"0x[0-9a-f]+", "0x", text))
    return [*cells, repr({key: executed.metadata[key] for key in ("kernelspec", "language_info", "widgets")})]


@pytest.mark.notebook
def test_every_kind_of_output_is_the_stock_kernels(both, tmp_path):
    ours, stock = both(*EVERY_KIND)

    assert [pair for pair in zip(ours, stock, strict=True) if pair[0] != pair[1]] == []
    assert sum("image/png" in cell for cell in ours) == 7
    for engine in ("cvclib", "nbclient"):
        assert (tmp_path / engine / "left_open.txt").read_text() == "written"
        assert (tmp_path / engine / "at_exit.txt").exists()


@pytest.mark.notebook
def test_no_history_is_written_to_a_disk_that_may_be_full(run, tmp_path, monkeypatch):
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    executed = run("x = 1", "get_ipython().history_manager.hist_file, In[1], get_ipython().history_manager.save_thread")
    assert executed.cells[1].outputs[0]["data"]["text/plain"] == "(':memory:', 'x = 1', None)"
    assert not list((tmp_path / "ipython").rglob("history.sqlite"))
