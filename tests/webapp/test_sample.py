"""The shop's real customers come in through the page, all of them."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from bench import sample
from tests.webapp.conftest import Browser
from tests.webapp.test_customer_imports import form_of, place, steps, upload  # noqa: F401 - fixtures, asked for by name

pytestmark = [
    pytest.mark.usefixtures("uploads", "project"),
    pytest.mark.skipif(not sample.SOURCE.exists(), reason=f"left out: {sample.SOURCE} is not here"),
]


def test_the_sample_of_the_shop_is_imported_whole(ann: Browser, session: Session, tmp_path: Path, steps: Any) -> None:  # noqa: F811 - a fixture
    count = sample.write(sample.SOURCE, tmp_path / "customers.csv")

    columns = place(upload(ann, (tmp_path / "customers.csv").read_bytes()))
    progress = place(ann.post(columns, data=form_of(ann.get(columns).text)))
    job = steps(progress)

    assert count == 3569
    assert job.report == {"read": 3569, "created": 3569, "changed": 0, "same": 0, "left_out": 0, "notes": 0}
    assert "All 3,569 lines were taken" in ann.get(progress).text
    assert session.scalar(text("SELECT count(*) FROM customers WHERE NOT metadata ? 'last_order'")) == 23
    members = session.scalar(
        text("""SELECT count(*) FROM customers WHERE (metadata->>'spend')::numeric > 10000 AND country IN ('Germany', 'France')
                AND metadata->>'last_order' >= '2011-09-10' AND metadata->>'last_order' < '2011-12-10'""")
    )
    assert members == 53
    types = dict(session.execute(text("SELECT key, type FROM metadata_fields")).all())
    assert types == {"first_order": "date", "last_order": "date", "spend": "number"}


def test_without_the_data_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.argv", ["sample", str(tmp_path / "absent.csv")])

    assert sample.main() == 1
    assert "no sample was written" in capsys.readouterr().out
