"""What does a negative reply of a mail server mean? A table of reply codes (RFC 5321), enhanced codes (RFC 3463) and stages.

Beyond the RFCs it knows what Gmail and Postfix document about theirs: https://support.google.com/a/answer/3726730,
https://www.postfix.org/postconf.5.html
"""

from __future__ import annotations

import enum

from integrations.providers.smtp.connection import SmtpReply

MINUTE, HOUR = 60.0, 3600.0


class Meaning(enum.StrEnum):
    """Why a mail was not taken."""

    SIGN_IN = "sign in"
    """The server wants a sign-in, or another one."""
    SENDER = "sender"
    """It does not let us send from this address."""
    UNTRUSTED = "untrusted"
    """It trusts none of our mails: no SPF or DKIM, a blocked network."""
    POLICY = "policy"
    """It refuses this one by a rule of its own."""
    TOO_BIG = "too big"
    NO_MAILBOX = "no one"
    """There is no such mailbox."""
    FULL = "full"
    GREYLISTED = "grey"
    """It wants to see whether we come back (greylisting), or slows us down."""
    BUSY = "busy"
    NO = "no"
    """It gave no reason we know."""


M = Meaning
TABLE: tuple[tuple[str, str, Meaning], ...] = (
    ("*", "530", M.SIGN_IN),
    ("*", "534", M.SIGN_IN),
    ("*", "535", M.SIGN_IN),
    ("*", "538", M.SIGN_IN),
    ("*", "550 5.7.0", M.SIGN_IN),
    ("*", "454 4.7.0", M.SIGN_IN),
    ("*", "553 5.7.1", M.SENDER),
    ("mail", "550 5.1", M.SENDER),
    ("mail", "553", M.SENDER),
    ("*", "550 5.1.7", M.SENDER),
    ("*", "550 5.1.8", M.SENDER),
    ("*", "550 5.7.2", M.UNTRUSTED),  # 5.7.20 to 5.7.29: SPF, DKIM, reverse DNS (RFC 7372); 5.7.26: Gmail's "unauthenticated"
    ("*", "554 5.7.2", M.UNTRUSTED),
    ("*", "550 5.7.3", M.UNTRUSTED),
    ("mail", "550 5.7", M.UNTRUSTED),
    ("mail", "554", M.UNTRUSTED),
    ("*", "552 5.2.2", M.FULL),
    ("*", "550 5.2.2", M.FULL),
    ("*", "452 4.2.2", M.FULL),
    ("rcpt", "552", M.FULL),
    ("*", "552", M.TOO_BIG),
    ("*", "550 5.7", M.POLICY),
    ("*", "551 5.7", M.POLICY),
    ("*", "554 5.7", M.POLICY),
    ("*", "550 5.1", M.NO_MAILBOX),
    ("*", "550 5.2.1", M.NO_MAILBOX),
    ("*", "551", M.NO_MAILBOX),
    ("*", "553", M.NO_MAILBOX),
    ("rcpt", "550", M.NO_MAILBOX),
    ("*", "450", M.GREYLISTED),
    ("*", "451 4.7", M.GREYLISTED),
    ("*", "421 4.7", M.GREYLISTED),
    ("*", "4", M.BUSY),
)
"""Stage (`*`: any), beginning of "code enhanced", meaning. The first row that fits counts."""

WAITS = {M.GREYLISTED: 15 * MINUTE, M.BUSY: 5 * MINUTE, M.FULL: 4 * HOUR}
"""Seconds to wait where the mail may be sent again."""


def meaning(reply: SmtpReply) -> Meaning:
    """What this negative reply means."""
    line = f"{reply.code} {reply.enhanced}".strip()
    for stage, beginning, kind in TABLE:
        if stage in {"*", reply.stage} and line.startswith(beginning):
            return kind
    return M.NO
