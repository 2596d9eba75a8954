"""Is it really them? A code of an authenticator app beside the password, or a recovery code in its place.

The codes are those of RFC 6238, as every authenticator app makes them: six digits, 30 seconds, SHA-1.
"""

import datetime
import secrets as random

import pyotp
from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from domain.journal import audit
from domain.kernel import clock, secrets
from domain.kernel.actor import Actor
from domain.kernel.base import Prefix, outside
from domain.kernel.errors import Refused
from domain.tables.workspace import RecoveryCode, SecondFactor, User
from domain.workspace.signing_in import password_hashing

STEP = 30
"""Seconds for which an app shows a code."""
DRIFT = 1
"""Steps that the clock of an app may be ahead of ours or behind it."""
RECOVERY_CODES = 10
_LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"
_WRONG = "This code is not right, or was used already. Enter the one your app shows now."


def on(session: Session, user: User) -> bool:
    """Whether this person signs in with a second factor."""
    factor = session.get(SecondFactor, user.id)
    return factor is not None and factor.confirmed_at is not None


def begin(session: Session, user: User, password: str) -> None:
    """Make a secret for a person's app; it counts once `confirm` has seen a code of it. Raises Refused."""
    _ask_password(user, password)
    factor = session.get(SecondFactor, user.id, with_for_update=True)
    if factor is not None and factor.confirmed_at is not None:
        raise Refused({"": "You have a second factor already. Switch it off first."})
    if factor is not None:
        session.delete(factor)
        session.flush()
    secret = secrets.encrypt({"secret": pyotp.random_base32()})
    session.add(SecondFactor(user_id=user.id, secret=secret, created_at=clock.now(session)))
    session.flush()


def being_set_up(session: Session, user: User) -> str | None:
    """The secret that waits for its first code, to be shown to the app; None where there is none."""
    factor = session.get(SecondFactor, user.id)
    return None if factor is None or factor.confirmed_at is not None else _secret(factor)


def address_for_app(user: User, secret: str, issuer: str) -> str:
    """What the QR code holds: `otpauth://totp/…`."""
    return pyotp.TOTP(secret).provisioning_uri(name=user.email, issuer_name=issuer)


def confirm(session: Session, user: User, code: str) -> list[str]:
    """Switch it on with the first code; the recovery codes, which are shown once. Raises Refused."""
    factor = session.get(SecondFactor, user.id, with_for_update=True)
    if factor is None or factor.confirmed_at is not None:
        raise Refused({"": "Begin again: nothing waits for a code."})
    if not _takes(session, user, code):
        raise Refused({"code": _WRONG})
    factor.confirmed_at = clock.now(session)
    _record(session, user, "switch on second factor")
    return _new_codes(session, user)


def fits(session: Session, user: User, typed: str) -> bool:
    """Whether this is the code of now, or a recovery code nobody used; either is used up by it."""
    word = plain(typed)
    if not is_recovery(word):
        return on(session, user) and _takes(session, user, word)
    mine = RecoveryCode.user_id == user.id, RecoveryCode.code == secrets.digest(word), RecoveryCode.used_at.is_(None)
    used = session.execute(update(RecoveryCode).where(*mine).values(used_at=clock.now(session)).returning(RecoveryCode.id)).all()
    if used:
        _record(session, user, "use recovery code")
    return bool(used)


def plain(typed: str) -> str:
    """A code without the spaces and hyphens that make it readable."""
    return "".join(typed.split()).replace("-", "").casefold()


def is_recovery(typed: str) -> bool:
    """Whether it looks like a recovery code rather than one of an app."""
    return not plain(typed).isdecimal()


def new_codes(session: Session, user: User, password: str) -> list[str]:
    """Other recovery codes, shown once; the old ones open nothing any more. Raises Refused."""
    _ask_password(user, password)
    if not on(session, user):
        raise Refused({"": "Recovery codes come with a second factor. Switch it on first."})
    _record(session, user, "make recovery codes")
    return _new_codes(session, user)


def codes_left(session: Session, user: User) -> int:
    """How many recovery codes were not used."""
    mine = RecoveryCode.user_id == user.id, RecoveryCode.used_at.is_(None)
    return session.scalar(select(func.count()).where(*mine)) or 0


def switch_off(session: Session, user: User, password: str, required: bool) -> None:
    """Sign in by password alone from now on. Raises Refused, also where the project asks everybody for a second factor."""
    _ask_password(user, password)
    if required:
        raise Refused({"": "This project asks everybody for a second factor. Ask an administrator to reset yours, then set up another."})
    if take_away(session, user):
        _record(session, user, "switch off second factor")


def take_away(session: Session, user: User) -> bool:
    """Remove it with its recovery codes; whether there was one."""
    session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user.id))
    factor = session.get(SecondFactor, user.id, with_for_update=True)
    if factor is None:
        return False
    session.delete(factor)
    session.flush()
    return True


def _takes(session: Session, user: User, code: str) -> bool:
    """Whether the code is one of these steps, later than any that was taken. Taking it is one statement: of many at once one succeeds."""
    factor = session.get_one(SecondFactor, user.id)
    totp, word = pyotp.TOTP(_secret(factor)), plain(code)
    now = int(clock.now(session).timestamp()) // STEP
    fitting = [step for step in range(now - DRIFT, now + DRIFT + 1) if pyotp.utils.strings_equal(totp.generate_otp(step), word)]
    if not fitting:
        return False
    mine = SecondFactor.user_id == user.id, SecondFactor.last_step < fitting[-1]
    return bool(session.execute(update(SecondFactor).where(*mine).values(last_step=fitting[-1]).returning(SecondFactor.user_id)).all())


def _secret(factor: SecondFactor) -> str:
    return str(secrets.decrypt(factor.secret)["secret"])


def _new_codes(session: Session, user: User) -> list[str]:
    session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user.id))
    words = ["".join(random.choice(_LETTERS) for _ in range(16)) for _ in range(RECOVERY_CODES)]
    now: datetime.datetime = clock.now(session)
    session.add_all(RecoveryCode(user_id=user.id, code=secrets.digest(word), created_at=now) for word in words)
    session.flush()
    return ["-".join(word[at : at + 4] for at in range(0, 16, 4)) for word in words]


def _ask_password(user: User, password: str) -> None:
    if not password_hashing.fits(user.password, password):
        raise Refused({"password": "This is not your password."})


def _record(session: Session, user: User, command: str) -> None:
    id = outside(Prefix.USER, user.id)
    audit.record(session, Actor(id, user.name), command, id, user.name)
