"""From a client's files to canonical tables: reads, renames, casts and checks in the engine.

Rows that fail are kept with their reason. Nothing here knows the seven steps.
"""

from cvclib.sources.inventory import META_SCHEMA, prepare_frames, rejected_rows, write_inventory, write_rejected_rows
from cvclib.sources.planning import check_names
from cvclib.sources.preparing import open_prepared, open_tables, prepare

__all__ = [
    "META_SCHEMA",
    "check_names",
    "open_prepared",
    "open_tables",
    "prepare",
    "prepare_frames",
    "rejected_rows",
    "write_inventory",
    "write_rejected_rows",
]
