"""At which paths do others reach this installation? A row each; the routes of `webapp` are declared with it, and addresses are made of it.

These stand in mails, in shops and at providers for years: a row is never changed, only added to.
"""

import re
from dataclasses import dataclass

_VALUE = re.compile(r"<(\w+)>")


@dataclass(frozen=True)
class PublicPath:
    """A path with names in angle brackets, as a route is declared: `/u/<word>`."""

    rule: str

    def address(self, public_url: str, **values: str) -> str:
        """The address below the public one, with these values for its names."""
        return public_url + _VALUE.sub(lambda name: values[name[1]], self.rule)


UNSUBSCRIBE = PublicPath("/u/<word>")
"""A customer says no, in the words of a mail or by a click of the mail program."""
RECEIPTS = PublicPath("/receipts/<word>")
"""A provider tells what became of messages."""
NOTICE = PublicPath("/notices/<id>")
"""A person looks at what they were written to about."""
WELCOME = PublicPath("/welcome/<word>")
"""Somebody comes in by a one-time link."""
QR = PublicPath("/q/<token>.<format>")
BARCODE = PublicPath("/b/<token>.<format>")
"""Pictures of a code."""
PICTURE = PublicPath("/i/<word>.<ending>")
"""A picture that was uploaded for mails, or the icon of a network."""
EXPORT = PublicPath("/e/<token>.csv")
"""A program fetches the file that it asked for; good for a day."""
EXAMPLE = "example"
"""The token of a picture that shows no code."""
