"""How is a mailbox read into which mails come back? By IMAP or POP3, through the guard, one look at a time.

A mail is deleted only after `keep` has it; what is no report stays where it is, and its id is told, so that nobody fetches it again.
"""

from __future__ import annotations

import contextlib
import imaplib
import poplib
import socket
import ssl
from collections.abc import Callable, Collection, Iterator

from integrations.contract import Collected, Settings
from integrations.guard import Forbidden
from integrations.http import Http
from integrations.providers.smtp.mailbox_servers import PROTOCOLS, Box, MailboxServer, MailboxTrouble
from integrations.providers.smtp.reports import LARGEST
from integrations.wire.deadlines import Deadline

AT_ONCE = 200
"""Mails of one look; the next look goes on."""
ERRORS: tuple[tuple[type[Exception], str], ...] = (
    (socket.gaierror, "{host} is not a known name."),
    (ssl.SSLCertVerificationError, "{host} did not show a certificate we can trust."),
    (ssl.SSLError, "{host} does not speak TLS on port {port}: choose another encryption, or another port."),
    (TimeoutError, "{host} does not answer on port {port}."),
    (ConnectionRefusedError, "{host} refuses connections on port {port}."),
    (imaplib.IMAP4.abort, "{host} broke the connection off."),
    (ConnectionError, "{host} broke the connection off."),
    (Exception, "{host} could not be read."),
)
"""Error, and what a person is told: never the server's own words."""
Keep = Callable[[bytes], bool]
"""Takes a mail for good, or says that it is no report of ours."""


def reads(settings: Settings) -> bool:
    """Whether this connection has a mailbox to be read."""
    return settings["bounces"] in PROTOCOLS


def collect(http: Http, settings: Settings, keep: Keep, left_before: Collection[str]) -> Collected:
    """Look once: give each mail that was not left before to `keep`, and delete what it took."""
    taken, left = 0, []
    known: set[str] = set(left_before)
    try:
        with _opened(http, settings) as box:
            sizes = box.ids()
            known &= set(sizes)
            fresh = [id for id in sizes if id not in known]
            for id in fresh[:AT_ONCE]:
                if sizes[id] <= LARGEST and keep(box.fetch(id)):
                    box.delete(id)
                    taken += 1
                else:
                    left.append(id)
            return Collected(taken, len(left), (*known, *left), more=len(fresh) > AT_ONCE)
    except MailboxTrouble as why:
        return Collected(taken, len(left), (*left_before, *left), str(why))


def check(http: Http, settings: Settings) -> tuple[str, str]:
    """Whether the mailbox can be read: a problem, or a note on what is in it."""
    try:
        with _opened(http, settings) as box:
            number = len(box.ids())
    except MailboxTrouble as why:
        return str(why), ""
    return "", f"The mailbox of returned mails can be read; it holds {number:,} mails."


@contextlib.contextmanager
def _opened(http: Http, settings: Settings) -> Iterator[Box]:
    """The mailbox, for as long as one look may take. Raises MailboxTrouble, in words, whatever the server does."""
    where = {"host": settings["mailbox_host"], "port": settings["mailbox_port"]}
    with Deadline(http.deadlines.batch) as deadline:
        try:
            box = PROTOCOLS[settings["bounces"]](MailboxServer(http, settings, deadline))
            yield box
            box.close()
        except MailboxTrouble as why:
            raise MailboxTrouble(str(why).format(**where)) from why
        except Forbidden as why:
            raise MailboxTrouble(str(why)) from why
        except (OSError, imaplib.IMAP4.error, poplib.error_proto, ValueError, IndexError) as why:
            words = ERRORS[3][1] if deadline.over else next(words for kind, words in ERRORS if isinstance(why, kind))
            raise MailboxTrouble(words.format(**where)) from why
