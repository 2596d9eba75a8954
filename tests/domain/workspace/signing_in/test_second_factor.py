"""A second factor: codes of an app that are taken once, recovery codes that open once, and who may take it away."""

import datetime

import pyotp
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

import settings
from domain.kernel import clock, secrets
from domain.kernel.actor import Actor
from domain.kernel.errors import Refused
from domain.tables.journal import Audit
from domain.tables.workspace import RecoveryCode, SecondFactor, User
from domain.workspace.people import edit as change
from domain.workspace.people import first_administrator
from domain.workspace.signing_in import password_hashing, sessions
from domain.workspace.signing_in import second_factor as factor

ADA = Actor("user_ada", "Ada Lind")
GOOD = "correct horse staple"


@pytest.fixture
def cy(session: Session) -> User:
    now = clock.now(session)
    user = User(email="cy@x.example", email_key="cy@x.example", name="Cy", role="viewer", created_at=now, updated_at=now)
    user.password = password_hashing.hashed(GOOD)
    session.add(user)
    session.flush()
    return user


def later(session: Session, seconds: float) -> None:
    clock.shift(session, datetime.timedelta(seconds=seconds))
    session.info.pop("now", None)


def code(session: Session, secret: str, steps: int = 0) -> str:
    return pyotp.TOTP(secret).at(clock.now(session) + datetime.timedelta(seconds=30 * steps))


@pytest.fixture
def secret(session: Session, cy: User) -> str:
    factor.begin(session, cy, GOOD)
    made = factor.being_set_up(session, cy)
    assert made is not None
    return made


@pytest.fixture
def codes(session: Session, cy: User, secret: str) -> list[str]:
    return factor.confirm(session, cy, code(session, secret, -1))


def test_it_is_on_only_after_its_first_code(session: Session, cy: User, secret: str) -> None:
    assert not factor.on(session, cy)
    with pytest.raises(Refused, match="not right"):
        factor.confirm(session, cy, "000000" if code(session, secret) != "000000" else "111111")

    assert len(factor.confirm(session, cy, code(session, secret))) == factor.RECOVERY_CODES
    assert factor.on(session, cy)
    assert factor.being_set_up(session, cy) is None
    with pytest.raises(Refused, match="already"):
        factor.begin(session, cy, GOOD)


def test_it_is_begun_with_the_password_only(session: Session, cy: User) -> None:
    with pytest.raises(Refused, match="not your password"):
        factor.begin(session, cy, "nope")


def test_a_code_is_taken_once_and_no_earlier_one_after_it(session: Session, cy: User, secret: str, codes: list[str]) -> None:
    now, before = code(session, secret), code(session, secret, -1)

    assert not factor.fits(session, cy, before)
    assert factor.fits(session, cy, f"{now[:3]} {now[3:]}")
    assert not factor.fits(session, cy, now)
    assert not factor.fits(session, cy, before)


def test_a_clock_may_be_one_step_off_and_no_more(session: Session, cy: User, secret: str, codes: list[str]) -> None:
    later(session, 3600)
    assert not factor.fits(session, cy, code(session, secret, -2))
    assert not factor.fits(session, cy, code(session, secret, 2))
    assert factor.fits(session, cy, code(session, secret, -1))
    assert factor.fits(session, cy, code(session, secret, 1))


def test_a_recovery_code_opens_once_however_it_is_written(session: Session, cy: User, codes: list[str]) -> None:
    assert factor.fits(session, cy, codes[0].upper().replace("-", " "))
    assert not factor.fits(session, cy, codes[0])
    assert factor.codes_left(session, cy) == factor.RECOVERY_CODES - 1


def test_new_recovery_codes_replace_the_old_ones(session: Session, cy: User, codes: list[str]) -> None:
    with pytest.raises(Refused, match="not your password"):
        factor.new_codes(session, cy, "nope")
    fresh = factor.new_codes(session, cy, GOOD)

    assert not factor.fits(session, cy, codes[0])
    assert factor.fits(session, cy, fresh[0])


def test_nothing_of_it_lies_in_clear(session: Session, cy: User, secret: str, codes: list[str]) -> None:
    row = session.get_one(SecondFactor, cy.id)
    kept = [one.code for one in session.scalars(select(RecoveryCode))]
    told = str([(a.before, a.after, a.subject) for a in session.scalars(select(Audit))])

    assert secret.encode() not in row.secret
    assert secrets.decrypt(row.secret) == {"secret": secret}
    assert not set(kept) & {code.replace("-", "") for code in codes}
    assert secret not in told


def test_it_is_switched_off_with_the_password_unless_the_project_asks_for_it(session: Session, cy: User, codes: list[str]) -> None:
    with pytest.raises(Refused, match="asks everybody"):
        factor.switch_off(session, cy, GOOD, required=True)
    factor.switch_off(session, cy, GOOD, required=False)

    assert not factor.on(session, cy)
    assert not factor.fits(session, cy, codes[0])


def test_an_administrator_takes_it_away_and_the_trail_says_so(session: Session, cy: User, codes: list[str]) -> None:
    word = sessions.begin(session, cy)

    change.reset_second_factor(session, ADA, cy)

    assert not factor.on(session, cy)
    assert sessions.session_of(session, word) is None
    row = session.scalars(select(Audit).order_by(Audit.id.desc())).first()
    assert row is not None
    assert (row.command, row.actor_name) == ("reset second factor", "Ada Lind")


def test_the_command_line_is_the_last_way_in(session: Session, cy: User, codes: list[str]) -> None:
    word = sessions.begin(session, cy)

    first_administrator.administrator(session, cy.email)

    assert not factor.on(session, cy)
    assert sessions.session_of(session, word) is None


def test_a_rotated_key_still_reads_the_secret(
    session: Session, cy: User, secret: str, codes: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LARGESSE_SECRET_KEYS", f"newer,{settings.current().secret_keys}")
    settings.current.cache_clear()
    try:
        assert factor.fits(session, cy, code(session, secret))
    finally:
        monkeypatch.undo()
        settings.current.cache_clear()
