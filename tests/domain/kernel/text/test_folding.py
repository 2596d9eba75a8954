"""What is folded alike, in Python and in every database; and whether beginnings are found whatever the order of the database."""

import sys
import unicodedata

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.kernel.text.folding import fold

pytestmark = pytest.mark.every_locale


def folded_by_database(session: Session, texts: list[str]) -> list[str]:
    asked = text("SELECT largesse_fold(t) FROM unnest(CAST(:texts AS text[])) WITH ORDINALITY AS one (t, n) ORDER BY n")
    return list(session.scalars(asked, {"texts": texts}))


@pytest.mark.parametrize(
    ("written", "typed"),
    [
        ("Straße", "STRASSE"),
        ("İstanbul", "istanbul"),
        ("İstanbul", "İSTANBUL"),
        ("Zoe\u0308", "zoë"),
        ("ΟΔΥΣΣΕΥΣ", "οδυσσευς"),
        ("Élodie", "ÉLODIE"),
        ("Ｍａｒｉ", "ｍａｒｉ"),
    ],
)
def test_what_people_take_for_the_same_is_folded_alike(session: Session, written: str, typed: str) -> None:
    assert fold(written) == fold(typed)
    assert folded_by_database(session, [written, typed]) == [fold(written)] * 2


def test_the_database_folds_every_letter_as_python_does(session: Session) -> None:
    known = [chr(n) for n in range(1, sys.maxunicode + 1) if unicodedata.category(chr(n)) not in {"Cs", "Cn", "Co"}]
    different = [letter for letter, other in zip(known, folded_by_database(session, known), strict=True) if fold(letter) != other]

    assert different == []


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(words=st.text(st.sampled_from("aIiİı\u0307\u0308ßẞŉǰΣσςΐᾳﬃÅé\u0301 ") | st.characters(max_codepoint=0x24F, min_codepoint=1)))
def test_the_database_folds_whole_words_as_python_does(session: Session, words: str) -> None:
    assert folded_by_database(session, [words]) == [fold(words)]
    assert fold(fold(words)) == fold(words)


def test_no_index_depends_on_the_order_of_a_language(session: Session) -> None:
    """Neither searches by beginnings nor an upgrade of ICU or glibc may break one. A new column says `sa.Text(collation="C")`."""
    wrong = session.execute(
        text("""
        SELECT DISTINCT i.indexrelid::regclass::text, c.collname
        FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid, unnest(i.indcollation) AS used JOIN pg_collation c ON c.oid = used
        WHERE t.relnamespace = current_schema()::regnamespace AND t.relname <> 'alembic_version' AND c.collname <> 'C'""")
    ).all()

    assert wrong == []
