"""Is a bounce for good? A table of enhanced status codes (RFC 3463, and what large mail services use beyond it), and of words.

Hard is only what says that the address itself is none: everything else may be the mailbox, the mail, us or the moment, and is soft.
"""

from __future__ import annotations

import re

HARD: tuple[tuple[str, str], ...] = (
    ("5.1.1", "There is no such mailbox."),
    ("5.1.2", "There is no such domain."),
    ("5.1.3", "The address is none."),
    ("5.1.6", "The mailbox has moved, and nobody says where to."),
    ("5.1.10", "There is no such mailbox, or the domain takes no mail."),
    ("5.2.1", "The mailbox is switched off."),
    ("5.4.4", "The domain has no mail server."),
)
SOFT: tuple[tuple[str, str], ...] = (
    ("5.1.7", "The server does not like the sender's address."),
    ("5.1.8", "The server does not like the sender's domain."),
    ("5.1", "The server does not take the address."),
    ("5.2.2", "The mailbox is full."),
    ("5.2.3", "The mail is too big for the mailbox."),
    ("5.2", "The mailbox does not take the mail."),
    ("5.3.4", "The mail is too big for the server."),
    ("5.3", "The server cannot take the mail."),
    ("5.4.6", "The mail went round in a circle."),
    ("5.4.7", "The mail could not be delivered in time."),
    ("5.4", "The mail did not come through."),
    ("5.5", "The servers did not understand each other."),
    ("5.6", "The server cannot read the mail."),
    ("5.7", "The server refuses the mail by a rule of its own."),
    ("4.2.2", "The mailbox is full."),
    ("4.4.7", "The mail could not be delivered in time."),
    ("4", "The mail could not be delivered in time."),
)
"""Beginning of the code -> a sentence. The first row that fits counts, hard ones before soft ones, and there only the whole code."""
WORDS: tuple[tuple[str, str], ...] = (
    ("doesn't have a yahoo", "5.1.1"),
    ("no such user", "5.1.1"),
    ("user unknown", "5.1.1"),
    ("does not exist", "5.1.1"),
    ("mailbox unavailable or not local", "5.1.1"),
    ("unrouteable address", "5.1.2"),
    ("mailbox full", "5.2.2"),
    ("over quota", "5.2.2"),
    ("quota exceeded", "5.2.2"),
)
"""What servers write without a code that says it -> the code that does."""
UNSAID = frozenset({"", "5.0.0", "5.1.0", "5.5.0", "4.0.0"})
"""Codes that say nothing: then the words of the other server are asked."""
_CODE = re.compile(r"(?<![0-9.])([245]\.[0-9]{1,3}\.[0-9]{1,3})(?![0-9.])")


def code_of(status: str, diagnostic: str) -> str:
    """The code that says most: the reporting server's, or, where that says nothing, the one its peer gave in code or words."""
    found = _CODE.search(status)
    own = found[1] if found else ""
    if own not in UNSAID:
        return own
    theirs = next((code for code in _CODE.findall(diagnostic) if code not in UNSAID), "")
    said = next((code for words, code in WORDS if words in diagnostic.casefold()), "")
    return theirs or said or own


def meaning(code: str) -> tuple[bool, str]:
    """Whether this code means that the address is none, and a sentence."""
    for whole, words in HARD:
        if code == whole:
            return True, words
    return False, next((words for beginning, words in SOFT if f"{code}.".startswith(f"{beginning}.")), "The mail came back.")
