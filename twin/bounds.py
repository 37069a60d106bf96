"""How large what is read may be: far beyond any city, far below what ends a machine.

`docs/trust.md` names them.
"""

MOST_BYTES = 64 * 1024 * 1024
"""Of a table or a network: sixteen times a grid of 9,241 buses, twenty times an INP of 12,523 junctions."""
MOST_YAML_BYTES = 4 * 1024 * 1024
MOST_YAML_VALUES = 100_000
"""Keys and values of a YAML file, those that an alias repeats counted each time."""
MOST_YAML_DEPTH = 50
MOST_DIGITS = 100
"""Of a number."""
MOST_CHARACTERS = 100_000
"""Of one cell or one text."""
MOST_NAME = 1_000
"""Characters of a key."""
MOST_COLUMNS = 1_000
MOST_CELLS = 2_000_000
MOST_SERIES_BYTES = 16 * 1024 * 1024 * 1024
"""Of a file of time series."""
MOST_SERIES_COLUMNS = 20_000
MOST_SERIES_VALUES = 1_000_000_000
"""Of a file of time series: three years of quarters of an hour for 10,000 assets."""
MOST_INP_LINES = 2_000_000
MOST_JSON_PARTS = 2_000_000
"""Lists and mappings; a row of a table is one."""
MOST_ARCHIVE_BYTES = 256 * 1024 * 1024
"""Of an archive, unpacked."""
MOST_ARCHIVE_MEMBERS = 1_000
MOST_RESULT_BYTES = 1024 * 1024 * 1024
"""Of a table of results."""
MOST_UNPACKED_BYTES = 2 * 1024 * 1024 * 1024
"""Of a table of results in Parquet, which holds 64 runs of a sweep: three times those of Alatau by month."""
MOST_RESULT_CELLS = 20_000_000
"""Of a table of results; a row counts as two more."""
MOST_RESULT_VALUES = 2_000_000
"""Keys and values of a run's resolved scenario, which holds its tables: two hundred times Alatau's."""
MOST_SHEET_ROWS = 1_048_576
"""Of a sheet, as spreadsheets have them."""
MOST_SHEET_CHARACTERS = 32_767
"""Of a cell that is written to a sheet."""
MOST_XLSX_BYTES = 256 * 1024 * 1024
"""Of all parts of a workbook together, unpacked."""
MOST_XLSX_PARTS = 1_000
MOST_XLSX_TAGS = 200_000
"""Of one row, one text, or a part of a workbook that has neither; a cell has four."""
