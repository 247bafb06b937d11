"""Tables."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar

from runicorn.sdk.media.base import Media
from runicorn.sdk.values import to_json_or_text


class Table(Media):
    """Rows by columns, kept as CSV; a pandas or polars data frame may be kept as Parquet (`format="parquet"`).

    `data` is a data frame, rows in the order of `columns`, mappings of column to value, or nothing yet: `add` rows.
    """

    kind: ClassVar[str] = "table"

    def __init__(
        self,
        data: Any = None,
        columns: Sequence[str] | None = None,
        *,
        caption: str | None = None,
        format: str = "csv",
    ) -> None:
        super().__init__(caption=caption, format=format)
        self._frame = data if hasattr(data, "columns") else None
        self.columns = [str(name) for name in (columns if columns is not None else getattr(data, "columns", []))]
        self.rows: list[list[Any]] = []
        if self._frame is None:
            for row in data if data is not None else ():
                self._add_row(row)

    def add(self, *row: Any) -> None:
        """Append one row, its values in the order of the columns."""
        self._add_row(row)

    def encode(self) -> bytes:
        """Raises ValueError when Parquet is asked for without a data frame."""
        if self.format == "parquet":
            return self._encode_parquet()
        self.format = "csv"
        frame = self._frame
        write = getattr(frame, "write_csv", None) or getattr(frame, "to_csv", None)
        if write is not None:
            content: str = write() if hasattr(frame, "write_csv") else write(index=False)
        else:
            content = self._encode_rows()
        return content.encode("utf-8", "replace")

    def details(self) -> dict[str, Any]:
        count = len(self.rows) if self._frame is None else len(self._frame)
        return {"columns": self.columns, "row_count": count}

    def _add_row(self, row: Any) -> None:
        if isinstance(row, Mapping):
            self.columns += [str(name) for name in row if str(name) not in self.columns]
            named = {str(name): value for name, value in row.items()}
            row = [named.get(name) for name in self.columns]
        if not isinstance(row, Iterable) or isinstance(row, str):
            raise ValueError("a row is a list of values or a mapping of column to value")
        self.rows.append(list(row))

    def _encode_rows(self) -> str:
        text = io.StringIO(newline="")
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(self.columns)
        for row in self.rows:
            writer.writerow("" if value is None else to_json_or_text(value) for value in row)
        return text.getvalue()

    def _encode_parquet(self) -> bytes:
        buffer = io.BytesIO()
        frame = self._frame
        write = getattr(frame, "to_parquet", None) or getattr(frame, "write_parquet", None)
        if write is None:
            raise ValueError("Parquet is written from a data frame; rows are kept as CSV")
        write(buffer)
        return buffer.getvalue()
