from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from cvclib.errors import InputError
from cvclib.params import ClientFile
from cvclib.render.job import RenderJob, check_jobs, notebook_parameters, parameters_of


@pytest.fixture
def notebooks(tmp_path):
    for name, own in (
        ("1_first_look", 'focus: str = "all"  # x'),
        ("10_last", "floor: float = 0.5  # x"),
        ("2_second_look", "most: int = 3  # x"),
    ):
        cell = new_code_cell(f'client_file: str = "a"  # x\nsegment: str = ""  # x\n{own}', metadata={"tags": ["parameters"]})
        nbformat.write(new_notebook(cells=[cell]), tmp_path / f"{name}.ipynb")
    return tmp_path


def job(notebooks, name="a.yaml", **settings):
    return RenderJob(Path(name), notebooks / "reports", notebooks, **settings)


def client(**steps):
    return ClientFile.model_validate({"client": "A", "period": {"start": "2025-01-01", "end": "2025-12-31"}, "tables": {}, "steps": steps})


def test_parameters_come_from_the_tagged_cell_in_the_order_of_the_steps(notebooks):
    found = notebook_parameters(notebooks)
    assert list(found) == ["first_look", "second_look", "last"]
    assert found["last"] == {"client_file": "a", "segment": "", "floor": 0.5}


def test_an_override_known_to_no_notebook_is_refused_with_the_nearest_name(notebooks):
    with pytest.raises(InputError, match=r"found parameter 'mots'.*Did you mean 'most'"):
        check_jobs([job(notebooks, overrides={"mots": 4})])


def test_an_override_of_another_kind_is_refused(notebooks):
    with pytest.raises(InputError, match="--set most: found 'four'; expected a whole number"):
        check_jobs([job(notebooks, overrides={"most": "four"})])


def test_a_step_that_there_is_not_is_refused(notebooks):
    with pytest.raises(InputError, match=r"found step 'first'.*Did you mean 'first_look'"):
        check_jobs([job(notebooks, only=("first",))])


def test_two_client_files_that_would_write_one_report_are_refused(notebooks):
    with pytest.raises(InputError, match=r"params/a\.yaml and other/A\.yaml: found 2 client files"):
        check_jobs([job(notebooks, "params/a.yaml"), job(notebooks, "other/A.yaml")])


def test_a_folder_without_notebooks_is_refused(tmp_path):
    with pytest.raises(InputError, match="found no step notebook"):
        check_jobs([job(tmp_path)])


def test_overrides_win_over_the_client_file_and_go_where_they_are_known(notebooks):
    given = parameters_of(job(notebooks, overrides={"most": 5, "segment": 2015}), client(second_look={"most": 4}, last={"floor": 1}))
    assert given == {
        "first_look": {"segment": "2015"},
        "second_look": {"most": 5, "segment": "2015"},
        "last": {"floor": 1, "segment": "2015"},
    }


def test_every_wrong_step_and_parameter_of_a_client_file_is_named(notebooks):
    with pytest.raises(InputError) as raised:
        parameters_of(job(notebooks), client(secnd_look={"most": 1}, last={"flor": 1}, first_look={"focus": "x", "client_file": "b"}))
    assert len(raised.value.problems) == 3
    assert "Did you mean 'floor'?" in str(raised.value)


@pytest.mark.parametrize(("name", "expected"), [("Nordic Beds.yaml", "nordic-beds"), ("a/b.yml", "b"), ("北欧.yaml", "client-")])
def test_the_client_file_names_the_report(notebooks, name, expected):
    found = job(notebooks, name)
    assert found.slug.startswith(expected)
    assert found.report.name == f"{found.slug}.html"
