"""One client's tables in files and on engines of the tests' own; and every question that the steps ask of them, asked once."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import duckdb
import pyarrow as pa
import pytest
import yaml

from cvclib.client import Client
from cvclib.demo import write_demo
from cvclib.params import load_client_file
from cvclib.sources import META_SCHEMA, prepare
from cvclib.sources.preparing import open_prepared

sys.path.insert(0, str(Path(__file__).parent))  # as pytest itself does without importlib mode

from asked import Numbered, add_rows, ask_everything

TYPES = {"VARCHAR": "text", "DOUBLE": "double precision", "TIMESTAMP": "timestamp", "DATE": "date", "BIGINT": "bigint"}
ROLES = """
CREATE ROLE reader LOGIN; GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader;
CREATE ROLE strict LOGIN; GRANT SELECT ON ALL TABLES IN SCHEMA public TO strict;
ALTER ROLE strict SET default_transaction_read_only = on; ANALYZE;
"""


@dataclass(frozen=True)
class Prepared:
    """A demonstration client, prepared: where, its tables' rows, and which columns it supplies."""

    client_file: Path
    tables: dict[str, pa.Table]
    mapped: dict[str, list[str]]


@pytest.fixture(scope="session")
def prepared(tmp_path_factory):
    folder = Path(tmp_path_factory.mktemp("source"))
    written = write_demo(folder / "source", seed=7, n_customers=200)
    client_file = next(path for path in written if path.name == "source.yaml")
    place = folder / "numbered.duckdb"
    add_rows(place, prepare(load_client_file(client_file)))
    mapped = {}
    with duckdb.connect(str(place), read_only=True) as con:
        for table, column in con.sql(f'SELECT "table", "column" FROM {META_SCHEMA}.inventory WHERE mapped').fetchall():
            mapped.setdefault(table, []).append(column)
        tables = {table: con.sql(f'FROM "{table}" ORDER BY row').to_arrow_table() for table in mapped}
    return Prepared(client_file, tables, mapped), place


@pytest.fixture(scope="session")
def source(prepared):
    return prepared[0]


@pytest.fixture(scope="session")
def asked(prepared):
    """Every question that the steps ask, with DuckDB's answer."""
    made, place = prepared
    return ask_everything(Client(load_client_file(made.client_file), Numbered(open_prepared(place))))


@dataclass(frozen=True)
class Written:
    """Client files of one client: its tables in files, or on an engine that the environment names."""

    folder: Path
    source: Prepared

    @property
    def in_files(self):
        files = {name: {"file": f"../data/{name}.parquet", "columns": self._columns(name)} for name in self.source.mapped}
        return self._write("in-files.yaml", {"tables": files})

    def on_engine(self, name="on-engine.yaml", **settings):
        tables = {table: {"table": table, "columns": self._columns(table)} for table in self.source.mapped}
        return self._write(name, {"engine": "${CVC_TEST_ENGINE}", "tables": tables, **settings})

    def _columns(self, table):
        return {column: column for column in self.source.mapped[table]}

    def _write(self, name, stated):
        place = self.folder / "params" / name
        whole = {"client": "A client", "period": {"start": "2025-01-01", "end": "2025-12-31"}, **stated}
        place.write_text(yaml.safe_dump(whole, sort_keys=False), "utf-8")
        return place


@pytest.fixture(scope="session")
def written(source, tmp_path_factory):
    folder = Path(tmp_path_factory.mktemp("client"))
    (folder / "params").mkdir()
    (folder / "data").mkdir()
    for name, rows in source.tables.items():
        duckdb.from_arrow(rows).project("* EXCLUDE row").write_parquet(str(folder / "data" / f"{name}.parquet"))
    return Written(folder, source)


@pytest.fixture(scope="session")
def in_files(written):
    return Client.open(written.in_files)


# ---- PostgreSQL ----


def program(name):
    """A program of the server's package; Debian keeps them out of the search path."""
    places = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return shutil.which(name) or (str(places[-1]) if places else None)


@dataclass(frozen=True)
class Server:
    """A PostgreSQL server on loopback."""

    folder: Path
    port: int
    user: str | None

    def run(self, name, *arguments):
        quiet = subprocess.DEVNULL
        command = [program(name), "-D", self.folder, *arguments]
        subprocess.run(command, check=True, user=self.user, stdout=quiet, stderr=quiet, cwd="/")

    def address(self, role):
        return f"postgres://{role}@127.0.0.1:{self.port}/postgres"

    def start(self):
        settings = f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c fsync=off"
        self.run("pg_ctl", "-l", self.folder / "log", "-w", "-t", "300", "-o", settings, "start")

    def stop(self):
        self.run("pg_ctl", "-m", "immediate", "-w", "-t", "300", "stop")


@pytest.fixture(scope="session")
def server():
    pytest.importorskip("psycopg")
    if program("initdb") is None:
        pytest.skip("no PostgreSQL server here")
    user = "postgres" if os.geteuid() == 0 else None  # the server refuses to run as root
    with tempfile.TemporaryDirectory(prefix="cvclib-postgres-") as outer:  # pytest's own folders are closed to another user
        Path(outer).chmod(0o711)
        folder = Path(outer) / "data"
        folder.mkdir()
        if user:
            shutil.chown(folder, user)
        made = Server(folder, _free_port(), user)
        made.run("initdb", "-U", "owner", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
        made.start()
        yield made
        made.stop()


def _free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@pytest.fixture(scope="session")
def loaded(server, source):
    """The server with the client's tables on it."""
    import psycopg

    with psycopg.connect(server.address("owner"), autocommit=True) as there:
        for table, rows in source.tables.items():
            relation = duckdb.from_arrow(rows)
            columns = ", ".join(f'"{name}" {TYPES[str(kind)]}' for name, kind in zip(relation.columns, relation.types, strict=True))
            there.execute(f'CREATE TABLE "{table}" ({columns})')
            with there.cursor().copy(f'COPY "{table}" FROM STDIN') as copy:
                for row in relation.fetchall():
                    copy.write_row(row)
        there.execute(ROLES)
    return server


# ---- Spark ----

SMALL = {  # for small tables and many questions, of which none is worth being made into machine code
    "spark.master": "local[1]",
    "spark.sql.shuffle.partitions": "1",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.adaptive.enabled": "false",
    "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
}


@pytest.fixture(scope="session")
def spark(source):
    """A Spark session on this machine with the client's tables in it."""
    pytest.importorskip("pyspark")
    if shutil.which("java") is None and "JAVA_HOME" not in os.environ:
        pytest.skip("no Java here")
    from cvclib.sources.spark import connect

    backend = connect(f"pyspark://?{urlencode(SMALL)}")
    for name, rows in source.tables.items():
        backend.session.createDataFrame(rows).coalesce(1).cache().createOrReplaceTempView(name)
    yield backend
    backend.session.stop()
