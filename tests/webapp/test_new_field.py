"""A new fact of a customer is a column, a row and a migration: a copy of this project gets two, and then answers for every field."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import alembic.script
import pytest

from tests.journeys.installation import ROOT

LEFT = shutil.ignore_patterns(".*", "var", "var-*", "build", "dist", "node_modules", "screenshots", "__pycache__")
COLUMNS = """\
    nickname: Mapped[str] = mapped_column(default="", server_default="")
    shoe_size: Mapped[decimal.Decimal | None]
"""
ROWS = """\
    CustomerField("nickname", "Nickname", "Didi", headers=("petname",)),
    CustomerField("shoe_size", "Shoe size", "42.5", readers.number, control=Control.NUMBER, empty=None, fact=Type.NUMBER,
        in_reference=True),
"""
MIGRATION = '''\
"""What customers are called by friends, and what fits them."""

import sqlalchemy as sa
from alembic import op

revision = "9999"
down_revision = "{head}"


def upgrade() -> None:
    """Nobody has either yet."""
    op.add_column("customers", sa.Column("nickname", sa.Text(), server_default="", nullable=False))
    op.add_column("customers", sa.Column("shoe_size", sa.Numeric()))


def downgrade() -> None:
    """Forget both."""
    op.drop_column("customers", "shoe_size")
    op.drop_column("customers", "nickname")
'''


def put(file: Path, before: str, lines: str) -> None:
    """Write lines before the first place where that stands."""
    text = file.read_text()
    assert before in text
    file.write_text(text.replace(before, lines + before, 1))


@pytest.mark.long
def test_a_text_and_a_number_go_all_the_way_round_once_they_are_rows(tmp_path: Path) -> None:
    copy = shutil.copytree(ROOT, tmp_path / "copy", ignore=LEFT)
    put(copy / "domain/tables/customers.py", '    details: Mapped[dict[str, Any]] = mapped_column("metadata"', COLUMNS)
    put(copy / "domain/tables/customers.py", "import uuid\n", "import decimal\n")
    put(copy / "domain/customers/profiles/fields.py", '    CustomerField("line1"', ROWS)
    head = alembic.script.ScriptDirectory(str(copy / "migrations")).get_current_head()
    (copy / "migrations/versions/9999_nicknames_and_shoes.py").write_text(MIGRATION.format(head=head))

    words = ("-m", "pytest", "tests/webapp/test_every_field.py", "-v", "-k", "nickname or shoe_size or every_column")
    done = subprocess.run((sys.executable, *words), cwd=copy, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout[-3_000:]
    passed = re.search(r"(\d+) passed", done.stdout)
    assert passed is not None
    assert int(passed[1]) > 20
