"""DuckDB's compiled module. The package around it, which builds queries in Python and which orch does not
use, takes three times as long to import; a version that has no such module is imported as a whole.
"""

from __future__ import annotations

try:
    import _duckdb as duckdb
except ImportError:
    import duckdb  # type: ignore[no-redef]

__all__ = ["duckdb"]
