"""docs/database.md names every table and column, and nothing that is not there."""

from __future__ import annotations

import re
from pathlib import Path

from pipelines.store.database import Store

DOCS = Path(__file__).parents[2] / "docs" / "database.md"
NOT_OURS = re.compile(r"_sqlite_migrations|article_search_\w+")


def test_every_table_and_column_is_documented(store: Store) -> None:
    text = DOCS.read_text(encoding="utf-8").split("## Tables")[1]
    sections = re.split(r"^### ", text, flags=re.MULTILINE)[1:]
    for table in store.db.table_names():
        if NOT_OURS.fullmatch(table):
            continue
        own = [s for s in sections if re.search(rf"\b{table}\b", s.split("\n")[0])]
        section = next(iter([*own, *(s for s in sections if re.search(rf"`{table}`\s\(", s))]), "")
        assert section, f"table {table}"
        for column in store.db[table].columns_dict:
            assert f"`{column}`" in section, f"{table}.{column}"


def test_the_query_in_the_docs_works(store: Store) -> None:
    (statement,) = re.findall(r"```sql\n(.+?)```", DOCS.read_text(encoding="utf-8"), flags=re.DOTALL)
    assert store.db.execute(statement).fetchall() == []
