"""People: invited, changed, deactivated; there is always an administrator; passwords and links are good once."""

import datetime
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Engine, event, select
from sqlalchemy.orm import Session

from domain.kernel import clock
from domain.kernel.actor import Actor
from domain.kernel.errors import Refused, Stale
from domain.tables.journal import Audit, OutgoingMail
from domain.tables.workspace import User
from domain.workspace.people import change_password, invite, one_time_links
from domain.workspace.people import edit as change
from domain.workspace.signing_in import password_hashing, sessions

ADA = Actor("user_ada", "Ada Lind")
GOOD = "correct horse staple"


def member(session: Session, name: str, role: str, secret: str = "x") -> User:
    user = invite.invite(session, ADA, f"{name.lower()}@maple-rye.example", name, role)
    user.password = secret
    session.flush()
    return user


def word_of(link: str) -> str:
    return link.rpartition("/")[2]


def test_an_invited_person_chooses_a_password_once(session: Session) -> None:
    cy = invite.invite(session, ADA, " Cy@Maple-Rye.example ", "Cy", "viewer")
    link = one_time_links.make(session, cy, "invite")

    assert change_password.choose(session, word_of(link), GOOD, "Cy Young").name == "Cy Young"
    assert password_hashing.fits(cy.password, GOOD)
    with pytest.raises(Refused, match="used already"):
        change_password.choose(session, word_of(link), "another long password")


def test_a_link_is_good_for_a_time_and_a_newer_one_replaces_it(session: Session) -> None:
    cy = member(session, "Cy", "viewer")
    first = one_time_links.make(session, cy, "reset")
    second = one_time_links.make(session, cy, "reset")
    assert one_time_links.link_of(session, word_of(first)) is None
    assert one_time_links.link_of(session, word_of(second)) is not None

    clock.shift(session, datetime.timedelta(hours=25))

    assert one_time_links.link_of(session, word_of(second)) is None


def test_a_link_of_a_deactivated_person_is_no_way_in(session: Session) -> None:
    member(session, "Ada", "admin")
    cy = member(session, "Cy", "viewer")
    link = one_time_links.make(session, cy, "reset")

    change.deactivate(session, ADA, cy)

    assert one_time_links.link_of(session, word_of(link)) is None


def test_the_last_administrator_can_neither_leave_nor_step_down(session: Session) -> None:
    ada = member(session, "Ada", "admin")
    member(session, "Ann", "marketer")
    invite.invite(session, ADA, "new@maple-rye.example", "Invited only", "admin")

    with pytest.raises(Refused, match="no administrator left"):
        change.deactivate(session, ADA, ada)
    with pytest.raises(Refused, match="no administrator left"):
        change.edit(session, ADA, ada, ada.row_version, "Ada", "marketer")

    member(session, "Ben", "admin")
    change.deactivate(session, ADA, ada)
    assert ada.deactivated_at is not None


@pytest.mark.parametrize("how", ["deactivate", "demote"])
def test_two_administrators_who_take_each_other_away_at_once_leave_one(committed: Engine, how: str) -> None:
    with Session(committed) as session:
        ids = [member(session, name, "admin").id for name in ("Ada", "Ben")]
        session.commit()
    both = threading.Barrier(2)

    def wait(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if statement.startswith("SELECT users.id") and "FOR UPDATE" in statement:
            both.wait(60)

    def take_away(id: uuid.UUID) -> str:
        with Session(committed) as session:
            user = session.get_one(User, id)
            try:
                if how == "deactivate":
                    change.deactivate(session, ADA, user)
                else:
                    change.edit(session, ADA, user, user.row_version, user.name, "viewer")
            except Refused as why:
                return str(why)
            session.commit()
            return ""

    event.listen(committed, "before_cursor_execute", wait)
    try:
        with ThreadPoolExecutor(2) as pool:
            assert sorted(pool.map(take_away, ids)) == ["", change.LAST_ADMIN]
    finally:
        event.remove(committed, "before_cursor_execute", wait)


def test_deactivating_signs_out_everywhere(session: Session) -> None:
    member(session, "Ada", "admin")
    cy = member(session, "Cy", "viewer")
    word = sessions.begin(session, cy)
    assert sessions.session_of(session, word) is not None

    change.deactivate(session, ADA, cy)

    assert sessions.session_of(session, word) is None
    change.reactivate(session, ADA, cy)
    assert sessions.session_of(session, word) is None


def test_two_people_with_one_address_are_refused_whatever_its_case(session: Session) -> None:
    member(session, "Cy", "viewer")

    with pytest.raises(Refused) as refused:
        invite.invite(session, ADA, "CY@maple-rye.example", "Other", "viewer")
    assert refused.value.mistakes["email"] == "Cy has this address already."


def test_every_mistake_of_an_invitation_is_told_at_once(session: Session) -> None:
    with pytest.raises(Refused) as refused:
        invite.invite(session, ADA, "nobody", " ", "king")
    assert set(refused.value.mistakes) == {"email", "name", "role"}


def test_who_edits_a_stale_person_is_told_who_saved_first(session: Session) -> None:
    cy = member(session, "Cy", "viewer")
    seen = cy.row_version
    change.edit(session, Actor("user_bo", "Bo"), cy, seen, "Cyrus", "viewer")

    with pytest.raises(Stale, match="Bo changed Cyrus"):
        change.edit(session, ADA, cy, seen, "Cy", "marketer")


def test_another_password_signs_out_other_browsers_but_this_one(session: Session) -> None:
    cy = member(session, "Cy", "viewer", password_hashing.hashed(GOOD))
    here, there = sessions.begin(session, cy), sessions.begin(session, cy)
    found = sessions.session_of(session, here)
    assert found is not None

    change_password.change(session, cy, GOOD, "five different words here", found[1].id)

    assert sessions.session_of(session, here) is not None
    assert sessions.session_of(session, there) is None
    with pytest.raises(Refused, match="not your password"):
        change_password.change(session, cy, GOOD, "five different words here", found[1].id)


@pytest.mark.parametrize(
    ("secret", "words"),
    [
        ("short", "too few"),
        ("x" * 201, "at most 200"),
        ("aaaaaaaaaaaaaa", "repeats"),
        ("maryjane-maryjane", "mostly your name"),
        ("password1234", "common"),
    ],
)
def test_a_weak_password_is_refused_with_a_remedy(secret: str, words: str) -> None:
    assert words in (password_hashing.objection(secret, "maryjane@x.example", "Maryjane Smith") or "")


def test_commands_about_people_are_audited_without_their_secrets(session: Session) -> None:
    member(session, "Ada", "admin")
    cy = member(session, "Cy", "viewer")
    link, mailed = change.give_link(session, ADA, cy)

    rows = session.scalars(select(Audit).order_by(Audit.id)).all()

    assert [row.command for row in rows] == ["invite person", "invite person", "make reset link"]
    assert not mailed
    assert session.scalars(select(OutgoingMail)).all() == []
    assert word_of(link) not in str([(row.before, row.after) for row in rows])
