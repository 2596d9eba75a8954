"""Every table of every page, found by looking: no column stands there in which no row has a value."""

import re
from html.parser import HTMLParser
from typing import Any

import pytest
from sqlalchemy.orm import Session

from resources import folder
from tests.webapp import walk
from webapp.shell.filled_columns import filled_columns

AS_IN_THE_FILE = {"customers/import_columns.html", "orders/import_columns.html"}
"""Their tables show a file as it is: what stands in none of its lines is to be seen, too."""
FILLS = {"svg", "img", "progress", "input", "button", "select", "a"}


class Tables(HTMLParser):
    """Cells of each table of a page: True where something stands in it."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tables: list[list[list[bool]]] = []
        self.cell = self.open = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "table":
            self.open = (dict(attrs).get("class") or "").split()[:1] == ["table"]
            self.tables += [[]] if self.open else []
        elif self.open and tag == "tr":
            self.tables[-1].append([])
        elif self.open and tag in {"td", "th"}:
            self.tables[-1][-1].append(False)
            self.cell = True
        elif self.cell and tag in FILLS:
            self.tables[-1][-1][-1] = True

    def handle_endtag(self, tag: str) -> None:
        if tag in {"td", "th"}:
            self.cell = False
        elif tag == "table":
            self.open = False

    def handle_data(self, data: str) -> None:
        if self.cell and data.strip() not in {"", "–", "-"}:
            self.tables[-1][-1][-1] = True


def test_no_table_of_any_page_has_an_empty_column(app: Any, ada: Any, session: Session) -> None:
    looked = 0
    for path, _ in walk.addresses(app, walk.world(session)):
        answer = ada.get(path)
        if answer.status_code != 200 or "html" not in answer.content_type:
            continue
        for rows in Tables(answer.text).tables:
            looked += 1
            width = len(rows[0])
            empty = [n for n in range(1, width) if not any(row[n] for row in rows[1:] if len(row) == width)]
            assert rows[1:] == [] or empty == [], f"{path}: column {[n + 1 for n in empty]} says nothing"
    assert looked > 10


def test_every_table_of_a_list_leaves_them_out() -> None:
    for path in folder("templates").rglob("*.html"):
        name = path.relative_to(folder("templates")).as_posix()
        for before in re.split(r'<table class="table\b', path.read_text())[:-1] if name not in AS_IN_THE_FILE else ():
            assert before.endswith("{% filter filled_columns %}"), f"{name}: a table stands outside of the filter filled_columns"


HEAD = "<table><thead><tr><th>Name</th><th>Phone</th><th>Place</th></tr></thead><tbody>"


@pytest.mark.parametrize(
    ("rows", "left"),
    [
        ("<tr><th>Dina</th><td></td><td>Bath</td></tr><tr><th>Eli</th><td> – </td><td></td></tr>", ["Name", "Place"]),
        ("<tr><th></th><td>1</td><td>Bath</td></tr>", ["Name", "Phone", "Place"]),  # the first column is the name of the row
        ("<tr><th>Dina</th><td><svg></svg></td><td><span class='soft'>&ndash;</span></td></tr>", ["Name", "Phone"]),
        ("<tr><th>Dina</th><td>0</td><td>&nbsp;</td></tr>", ["Name", "Phone"]),
        ("<tr hx-get='/row'><th>Dina</th><td></td><td></td></tr>", ["Name", "Phone", "Place"]),  # it comes back with all its cells
        ("<tr><th>Dina</th><td></td></tr>", ["Name", "Phone", "Place"]),  # no grid
        ("", ["Name", "Phone", "Place"]),
    ],
)
def test_a_column_stays_where_a_row_has_a_value(rows: str, left: list[str]) -> None:
    shown = filled_columns(f"{HEAD}{rows}</tbody></table>")

    assert re.findall(r"<th>(Name|Phone|Place)</th>", shown.partition("</thead>")[0]) == left
    assert "Dina" not in rows or "Dina" in shown
