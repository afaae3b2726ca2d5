"""`cvc render`: what it hands to the renderer, what it prints, how it exits."""

import json
import sys
from pathlib import Path
from types import ModuleType

import pytest

import cvclib.render
from cvclib.errors import InputError, Problem
from cvclib.render import BatchInterrupted, ClientPlan
from cvclib.render.job import RenderJob, RenderResult


@pytest.fixture
def rendered(monkeypatch, here):
    """A renderer that runs nothing: answers with the results set in it and keeps what it was asked."""
    module = ModuleType("cvclib.render")
    module.RenderJob, module.BatchInterrupted, module.asked, module.results = RenderJob, BatchInterrupted, [], None
    module.__path__ = cvclib.render.__path__  # its other modules are found

    def render_clients(jobs, *, n_workers, progress, **more):
        module.more = more
        module.asked.append((jobs, n_workers, progress))
        if isinstance(module.results, BaseException):
            raise module.results
        return module.results or [result(job.client_file) for job in jobs]

    module.render_clients = render_clients
    monkeypatch.setitem(sys.modules, "cvclib.render", module)
    (here / "notebooks").mkdir()
    (here / "notebooks" / "1_process_mapping.ipynb").touch()
    return module


def result(path, state="rendered", step="", message=""):
    slug = Path(path).stem
    return RenderResult(
        Path(path), slug.upper(), slug, state, 1.25, None if state == "failed" else Path(f"reports/{slug}.html"), message, step
    )


def failed(path, step="advocacy"):
    return result(path, "failed", step, "cell 7: no survey")


def test_everything_asked_for_is_handed_to_the_renderer(cvc, rendered):
    call = (
        "render params/a.yaml --out out --only advocacy --only collaboration --set segment=Hotels --set min_responses=20 "
        "--set period_start=2025-02-01 --jobs 3 --timeout 60 --step-timeout 90 --client-timeout 600 --memory 1.5GB --fail-fast --quiet --force"
    )
    assert cvc(*call.split()).exit_code == 0
    (((job,), n_workers, progress),) = rendered.asked
    assert job == RenderJob(
        client_file=Path("params/a.yaml"),
        out_dir=Path("out"),
        notebooks_dir=Path.cwd() / "notebooks",
        only=("advocacy", "collaboration"),
        overrides={"segment": "Hotels", "min_responses": 20, "period_start": "2025-02-01"},
        cell_timeout_seconds=60,
        step_timeout_seconds=90,
        client_timeout_seconds=600,
        memory_limit_bytes=1_500_000_000,
        force=True,
    )
    assert (n_workers, progress, rendered.more) == (3, False, {"scheduler": "", "fail_fast": True})


def test_all_client_files_of_params_are_rendered_where_none_is_named(cvc, rendered, here):
    for name in ("b.yaml", "notes.txt"):
        (here / "params" / name).write_text("x", encoding="utf-8")
    assert cvc("render").exit_code == 0
    assert [str(job.client_file) for job in rendered.asked[0][0]] == ["params/a.yaml", "params/b.yaml"]


@pytest.mark.parametrize("name", ["params", "params/*.yaml", "p*/a.yaml"])
def test_folders_and_patterns_stand_for_their_client_files(cvc, rendered, name):
    assert cvc("render", name).exit_code == 0
    assert [str(job.client_file) for job in rendered.asked[0][0]] == ["params/a.yaml"]


def test_a_file_named_twice_is_rendered_once(cvc, rendered):
    cvc("render", "params/a.yaml", "params")
    assert len(rendered.asked[0][0]) == 1


def test_by_default_the_renderer_says_how_many_at_a_time_and_progress_is_shown(cvc, rendered):
    cvc("render")
    assert rendered.asked[0][1:] == (None, True)
    assert rendered.more["fail_fast"] is False


@pytest.mark.parametrize("size", ["much", "2X", "0", "-1G"])
def test_a_size_that_is_none_is_told(cvc, rendered, size):
    done = cvc("render", f"--memory={size}")
    assert (done.exit_code, "is no size such as 800M or 2G" in done.stderr) == (2, True)


def test_a_log_has_a_line_of_json_for_each_event(cvc, rendered, here):
    assert cvc("render", "--log", "run.jsonl").exit_code == 0
    assert rendered.asked[0][2] is True
    assert (here / "run.jsonl").is_file()
    assert cvc("render", "--log", "-").stderr == ""
    assert rendered.asked[1][2] is False


def test_an_interruption_says_what_is_done_and_what_is_left(cvc, rendered):
    rendered.results = BatchInterrupted([result("a.yaml"), result("b.yaml", "not rendered"), result("c.yaml", "not rendered")], 2)
    done = cvc("render")
    assert done.exit_code == 130
    assert "Interrupted: 1 rendered; 2 left (b, c)." in done.stderr
    rendered.results = BatchInterrupted([result("b.yaml", "not rendered")], 15)
    done = cvc("render", "--json")
    assert done.exit_code == 143
    assert (json.loads(done.stdout)["interrupted"], json.loads(done.stdout)["not_rendered"]) == (True, 1)


def test_a_plan_is_told_and_nothing_is_rendered(cvc, rendered):
    plans = [
        ClientPlan(Path("a.yaml"), "A", "a", (("advocacy", "target 'nps' has changed"), ("collaboration", ""))),
        ClientPlan(Path("b.yaml"), "B", "b", (("advocacy", ""), ("collaboration", ""))),
    ]
    rendered.plan_clients = lambda jobs: plans
    assert cvc("render", "--dry-run").stdout == "a: 1 of 2 steps to run\nb: up to date\n"
    explained = cvc("render", "--explain").stdout.splitlines()
    assert explained[1:3] == ["  advocacy: target 'nps' has changed", "  collaboration: kept: nothing that it reads has changed"]
    assert [plan["up_to_date"] for plan in json.loads(cvc("render", "--explain", "--json").stdout)] == [False, True]
    plans.append(ClientPlan(Path("c.yaml"), "c", "c", message="no such column"))
    done = cvc("render", "--explain")
    assert (done.exit_code, "no such column" in done.stderr) == (1, True)
    assert not rendered.asked


def test_names_that_stand_for_nothing_are_told_together_and_nothing_is_rendered(cvc, rendered):
    result = cvc("render", "params/a.yml", "elsewhere/b.yaml", "params/x*.yaml")
    assert result.exit_code == 2
    assert result.stderr.splitlines() == [
        "params/a.yml: found no such file; expected a client file (YAML). Did you mean 'params/a.yaml'?",
        "elsewhere/b.yaml: found no such file; expected a client file (YAML).",
        "params/x*.yaml: found no such file; expected a client file (YAML). Did you mean 'params/a.yaml'?",
    ]
    assert not rendered.asked


def test_a_folder_without_client_files_is_told_with_what_to_do(cvc, rendered, here):
    (here / "params" / "a.yaml").unlink()
    result = cvc("render")
    assert result.exit_code == 2
    assert "found no client file in this folder" in result.stderr
    assert "cvc new DIR" in result.stderr


@pytest.mark.parametrize(
    ("setting", "told"),
    [
        ("segment", "found 'segment'; expected KEY=VALUE"),
        ("=x", "found '=x'; expected KEY=VALUE"),
        ("a=2", "found 'a' twice; expected each"),
    ],
)
def test_a_setting_that_is_none_is_told(cvc, rendered, setting, told):
    result = cvc("render", "--set", "a=1", "--set", setting)
    assert (result.exit_code, told in result.stderr) == (2, True)
    assert not rendered.asked


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("20", 20), ("-3", -3), ("0.5", 0.5), ("1e3", 1000.0), ("true", True), ("false", False), ("", ""), ("no", "no"), ("08", "08"),
        ("2025-01-01", "2025-01-01"), ("nan", "nan"), ("inf", "inf"), ("1_000", "1_000"), ("a=b", "a=b"), ("0", 0), ("True", True), ("null", "null"),
    ],
)  # fmt: skip
def test_settings_are_read_as_the_client_file_reads_them(cvc, rendered, text, value):
    assert cvc("render", "--set", f"x={text}").exit_code == 0
    found = rendered.asked[0][0][0].overrides["x"]
    assert found == value
    assert type(found) is type(value)


def test_a_wrong_parameter_is_refused_with_two(cvc, rendered):
    rendered.results = InputError([Problem("--set x", "parameter 'x'", "a parameter of a notebook", "Did you mean 'xs'?")])
    result = cvc("render", "--set", "x=1")
    assert (result.exit_code, result.stderr) == (
        2,
        "--set x: found parameter 'x'; expected a parameter of a notebook. Did you mean 'xs'?\n",
    )


def test_the_state_of_each_client_is_printed_and_where_to_look(cvc, rendered):
    rendered.results = [result("long-name.yaml"), result("b.yaml", "up to date")]
    done = cvc("render")
    assert done.exit_code == 0
    assert done.stdout == (
        "long-name  rendered    1.2 s  reports/long-name.html\n"
        "b          up to date  1.2 s  reports/b.html\n"
        "Look at reports/index.html\n"
    )  # fmt: skip


def test_one_client_that_fails_exits_with_one_and_says_why(cvc, rendered):
    rendered.results = [result("a.yaml"), failed("b.yaml", "process_mapping")]
    done = cvc("render")
    assert done.exit_code == 1
    assert "B failed at process mapping:\ncell 7: no survey" in done.stderr
    assert "1 of 2 failed; the others are published." in done.stderr


def test_a_wrong_client_file_among_right_ones_exits_with_one(cvc, rendered):
    rendered.results = [result("a.yaml"), failed("b.yaml", "client file")]
    assert cvc("render").exit_code == 1


def test_wrong_client_files_only_exit_with_two(cvc, rendered):
    rendered.results = [failed("a.yaml", "client file"), failed("b.yaml", "client file")]
    assert cvc("render").exit_code == 2


def test_json_is_for_a_program(cvc, rendered):
    rendered.results = [result("a.yaml"), failed("b.yaml")]
    done = cvc("render", "--json")
    assert done.exit_code == 1
    said = json.loads(done.stdout)
    assert (said["rendered"], said["up_to_date"], said["failed"]) == (1, 0, 1)
    assert said["clients"][1] == {
        "client_file": "b.yaml", "client": "B", "slug": "b", "state": "failed", "seconds": 1.25, "report": None, "step": "advocacy",
        "message": "cell 7: no survey",
    }  # fmt: skip
