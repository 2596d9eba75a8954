"""What does a connection to a mail server need to know? Its settings, and what is wrong with a value in words."""

from __future__ import annotations

import re

from integrations import signatures
from integrations.contract import ConnectionField, Kind
from integrations.mail import mime
from integrations.providers.smtp import dkim_key
from integrations.providers.smtp.return_path import LONGEST_LOCAL_PART

_DOMAIN = r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*"


def _port(value: str) -> str | None:
    return None if value.isdigit() and 0 < int(value) < 65536 else "Write a port from 1 to 65535; mail servers mostly listen on 587 or 465."


def _host(value: str) -> str | None:
    return None if re.fullmatch(r"[A-Za-z0-9.:_-]{1,253}", value) else "Write the name of the server only, such as smtp.example.com."


def _domain(value: str) -> str | None:
    return None if re.fullmatch(_DOMAIN, value) else "Use letters, digits, hyphens and dots only."


def _address(value: str) -> str | None:
    try:
        mime.mailbox(value)
    except ValueError as wrong:
        return str(wrong)
    return None


def _return_path(value: str) -> str | None:
    if "@" not in value:
        return None if re.fullmatch(_DOMAIN, value) else "Write a mail address, or a domain such as bounces.example.com."
    if len(value.rpartition("@")[0]) > LONGEST_LOCAL_PART:
        return f"Before the @ at most {LONGEST_LOCAL_PART} characters may stand: each mail adds its own 43."
    return _address(value)


def _name(value: str) -> str | None:
    return None if value.isprintable() and value.strip() and len(value) <= 200 else "Write it in one line, without control characters."


def _count(value: str) -> str | None:
    return None if value.isdigit() and 0 < int(value) <= 10_000 else "Write a whole number from 1 to 10,000."


_BOUNCES = (
    ("no", "Nobody"),
    ("imap", "Largesse, from a mailbox by IMAP"),
    ("pop3", "Largesse, from a mailbox by POP3"),
    ("door", "A mail server that posts them to the address for receipts"),
)
_BOX_SECURITY = (("tls", "TLS from the first byte"), ("starttls", "STARTTLS"), ("plain", "None, for a server on this machine or network"))
_READ = ("bounces", "imap", "pop3")
_OWN = ("signing", "own")
_SIGNING = (("none", "Nobody signs"), ("relay", "My relay signs; I have checked that"), ("own", "Largesse signs with the key below"))
_SECURITY = (("starttls", "STARTTLS"), ("tls", "TLS from the first byte"), ("plain", "None, for a relay on this machine or network"))

FIELDS = (
    ConnectionField("host", "Server", help="For example smtp.example.com.", check=_host, host=True),
    ConnectionField("port", "Port", Kind.NUMBER, "587 for STARTTLS, 465 for TLS.", "587", check=_port, host=True),
    ConnectionField(
        "security",
        "Encryption",
        Kind.CHOICE,
        "A relay at a private address is reached only where LARGESSE_ALLOW_PRIVATE names its range.",
        "starttls",
        choices=_SECURITY,
        host=True,
    ),
    ConnectionField("username", "User name", help="Empty where the relay asks for none.", required=False),
    ConnectionField("password", "Password", Kind.SECRET, required=False),
    ConnectionField(
        "return_path",
        "Bounces go to",
        help="A mailbox such as bounces@example.com, or a domain whose mail comes to one mailbox. Where bounces are read, each mail gets an"
        " address of its own there. Empty: the sender.",
        required=False,
        check=_return_path,
    ),
    ConnectionField(
        "bounces", "Who reads bounces", Kind.CHOICE, "Bounces and complaints then count as with other providers.", "no", choices=_BOUNCES
    ),
    ConnectionField(
        "mailbox_host", "Server of the mailbox", help="For example imap.example.com.", check=_host, host=True, peer="mailbox", only_if=_READ
    ),
    ConnectionField(
        "mailbox_port",
        "Port of the mailbox",
        Kind.NUMBER,
        "993 for IMAP, 995 for POP3 with TLS.",
        "993",
        check=_port,
        host=True,
        peer="mailbox",
        only_if=_READ,
    ),
    ConnectionField(
        "mailbox_security",
        "Encryption of the mailbox",
        Kind.CHOICE,
        "",
        "tls",
        choices=_BOX_SECURITY,
        host=True,
        peer="mailbox",
        only_if=_READ,
    ),
    ConnectionField("mailbox_user", "User name of the mailbox", check=_name, only_if=_READ),
    ConnectionField("mailbox_password", "Password of the mailbox", Kind.SECRET, check=_name, peer="mailbox", only_if=_READ),
    ConnectionField("mailbox_folder", "Folder", help="Only for IMAP.", default="INBOX", check=_name, only_if=("bounces", "imap")),
    ConnectionField(
        "bounce_key",
        "Key of returned mails",
        Kind.SECRET,
        "Signs the address that each mail comes back to, and what is posted to us. Left empty, one is made.",
        check=signatures.webhook_secret_mistake,
        made=signatures.new_webhook_secret,
        only_if=("bounces", "imap", "pop3", "door"),
        stays=True,
    ),
    ConnectionField(
        "per_connection", "Mails per connection", Kind.NUMBER, "Some servers want a new one after so many.", "100", check=_count
    ),
    ConnectionField("signing", "DKIM", Kind.CHOICE, "Gmail and Yahoo want mails of bulk senders signed.", "none", choices=_SIGNING),
    ConnectionField("dkim_domain", "DKIM domain", help="The domain after the @ of your senders.", check=_domain, only_if=_OWN),
    ConnectionField(
        "dkim_selector", "DKIM selector", help="The name of the key in the DNS.", default="largesse", check=_domain, only_if=_OWN
    ),
    ConnectionField(
        "dkim_key",
        "DKIM private key",
        Kind.SECRET_LONG,
        "An RSA key as PEM. Test connection then shows the DNS record.",
        check=dkim_key.mistake,
        only_if=_OWN,
        stays=True,
    ),
)
