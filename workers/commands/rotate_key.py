"""How is the secret key changed? A new one is put in front of the ring, and every credential is encrypted under it.

Links and cookies made with older keys stay good, for the whole ring reads; the old key may go once they have run out (30 days).
"""

import secrets as random

from sqlalchemy import select

import settings
from domain.journal import audit
from domain.kernel import secrets
from domain.tables.connections import Connection
from domain.tables.workspace import SecondFactor
from domain.workspace.people.first_administrator import COMMAND_LINE
from workers.session import transaction


def _new_key() -> str:
    """Put a key in front of the file's, in one move, so that nobody ever reads half a file."""
    file = settings.current().data / "secret_keys"
    fresh = file.with_suffix(".new")
    fresh.touch(mode=0o600)
    fresh.write_text(random.token_urlsafe(32) + "\n" + file.read_text())
    fresh.replace(file)
    return f"A new key stands first in {file}. "


def rotate() -> str:
    """Encrypt every credential under the newest key, which is made here if the keys lie in the data directory; what was done."""
    given = settings.current().secret_keys
    said = "The first key of LARGESSE_SECRET_KEYS is the newest. " if given else _new_key()
    with transaction() as session:
        boxes = session.scalars(select(Connection).where(Connection.secrets != b"").with_for_update(key_share=True)).all()
        for connection in boxes:
            connection.secrets = secrets.reencrypt(connection.secrets)
        for factor in session.scalars(select(SecondFactor).with_for_update(key_share=True)):
            factor.secret = secrets.reencrypt(factor.secret)
        audit.record(session, COMMAND_LINE, "rotate keys", "project")
    return f"{said}Credentials of {len(boxes)} connection{'' if len(boxes) == 1 else 's'} are encrypted under it; older keys still read."
