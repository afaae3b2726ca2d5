"""A first client file, proposed from the exports themselves: which canonical table each file is, and which column each column.

Every decision is written down with how sure it is and why; nothing here reads a client file's data for a report.
"""

from cvclib.proposing.again import Renewed, renewed
from cvclib.proposing.matching import BY_HAND, ColumnProposal, TableProposal, propose
from cvclib.proposing.profiling import ColumnProfile, PartProfile, profile_files
from cvclib.proposing.writing import client_file_text

__all__ = [
    "BY_HAND",
    "ColumnProfile",
    "ColumnProposal",
    "PartProfile",
    "Renewed",
    "TableProposal",
    "client_file_text",
    "profile_files",
    "propose",
    "renewed",
]
