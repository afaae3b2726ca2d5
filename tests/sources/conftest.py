"""A client's folder to write files into, and to prepare."""

from pathlib import Path

import pytest

from cvclib.errors import InputError
from cvclib.params import ClientFile
from cvclib.sources import META_SCHEMA, open_prepared, prepare, rejected_rows


class Workshop:
    """Writes a client's files, prepares them, and looks at what came out."""

    def __init__(self, folder):
        self.folder = folder
        (folder / "params").mkdir()
        (folder / "data").mkdir()
        self.backend = None

    def write(self, name, content, encoding="utf-8"):
        path = self.folder / "data" / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
        return path

    def params(self, tables, **settings):
        params = ClientFile.model_validate(
            {"client": "A client", "period": {"start": "2025-01-01", "end": "2025-12-31"}, "tables": tables, **settings}
        )
        params._path = Path(self.folder / "params" / "a-client.yaml")
        return params

    def prepare(self, tables, **settings):
        return prepare(self.params(tables, **settings))

    def open(self, tables, **settings):
        self.backend = open_prepared(self.prepare(tables, **settings))
        return self

    def rows(self, table, *columns):
        frame = self.backend.table(table).to_pandas()
        return [tuple(None if v != v or v is None else v for v in row) for row in frame[list(columns)].itertuples(index=False)]

    def column(self, table, column):
        return [row[0] for row in self.rows(table, column)]

    def meta(self, name):
        return self.backend.table(name, database=META_SCHEMA).to_pandas()

    def check(self, name):
        found = self.meta("checks").set_index("check").loc[name]
        return int(found["n"]), found["policy"]

    @property
    def rejected(self):
        return rejected_rows(self.backend)

    def problems(self, tables, **settings):
        with pytest.raises(InputError) as error:
            self.prepare(tables, **settings)
        return [str(problem) for problem in error.value.problems]


@pytest.fixture
def shop(tmp_path, monkeypatch):
    monkeypatch.setenv("CVC_CACHE_DIR", str(tmp_path / "cache"))
    made = Workshop(tmp_path)
    yield made
    if made.backend is not None:
        made.backend.disconnect()
