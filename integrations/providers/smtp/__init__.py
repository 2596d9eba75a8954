"""SMTP: mails to a server of your own or of a provider (RFC 5321), over connections that are kept open.

`connection.py` talks to the server; `replies.py` says what its negative replies mean.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from integrations import mime
from integrations.contract import (
    Batch,
    Check,
    Config,
    Fate,
    Field,
    Kind,
    Limits,
    Message,
    Mode,
    Outcome,
    PeerTrouble,
    Provider,
    Settings,
    Stop,
    Takes,
    Wait,
)
from integrations.http import Http, scrub
from integrations.providers.smtp import dkim_key
from integrations.providers.smtp.connection import CannotConnect, ConnectionBroken, Envelope, MailServer, SmtpConnection, SmtpReply
from integrations.providers.smtp.kept import connect, hang_up, kept_connection
from integrations.providers.smtp.replies import MINUTE, WAITS, Meaning, meaning

REFUSALS_IN_A_ROW = 5
"""After so many refusals by policy in a row, the reason is not the recipients."""


def send(http: Http, settings: Settings, batch: Batch) -> Iterator[Outcome]:
    """One mail after the other over a kept connection; a new one where it ends. After one that broke, the others are not tried."""
    server, per_connection = _server(settings), int(settings["per_connection"])
    assembler, waiting, row, ahead = mime.Assembler(batch), list(batch.messages), 0, True
    while waiting:
        try:
            with kept_connection(http.guard, server, per_connection, http.deadlines) as connection:
                while waiting and connection.sock is not None and connection.mails < per_connection:
                    message = waiting.pop(0)
                    next_one = waiting[0] if waiting and ahead and connection.mails + 1 < per_connection else None
                    outcome, counts = _send_one(connection, settings, assembler, message, next_one)
                    yield outcome
                    if outcome.trouble is PeerTrouble.FAILED:
                        yield from (Outcome(message.id, Fate.LATER, outcome.reason, trouble=PeerTrouble.UNTRIED) for message in waiting)
                        return
                    ahead = ahead and outcome.fate is Fate.ACCEPTED
                    row = row + 1 if counts else 0
                    if row >= REFUSALS_IN_A_ROW:
                        raise Stop(f"The server refuses one mail after the other: {outcome.reason}")
        except CannotConnect as why:
            yield from _unconnected(why, waiting)
            return


def _unconnected(why: CannotConnect, waiting: list[Message]) -> Iterator[Outcome]:
    """Nothing was sent of these. Raises Stop."""
    if why.lasting:
        raise Stop(str(why)) from why
    if why.busy:
        wait = Wait(5 * MINUTE, str(why))
        yield from (Outcome(message.id, Fate.LATER, wait.why, wait=wait) for message in waiting)
    else:
        yield from (Outcome(message.id, Fate.LATER, str(why), trouble=PeerTrouble.UNREACHED) for message in waiting)


def _send_one(
    connection: SmtpConnection, settings: Settings, assembler: mime.Assembler, message: Message, next_one: Message | None
) -> tuple[Outcome, bool]:
    """Send one mail, and say ahead whose is next; its outcome, and whether it counts towards a row of refusals."""
    sender = _sender(settings, assembler.part(message, "from_email"), assembler.part(message, "reply_to"))
    try:
        envelope = Envelope(sender, mime.mailbox(message.address))
    except ValueError as wrong:
        return Outcome(message.id, Fate.REFUSED, str(wrong)), False
    mail = _signed(assembler.mail(message, {"Feedback-ID": _feedback(message, sender)}), settings)
    try:
        reply = connection.deliver(envelope, mail, _envelope(settings, assembler, next_one))
    except ConnectionBroken as cut:
        how = "The server did not answer in time" if cut.silent else "The connection broke"
        if cut.sent:
            return Outcome(message.id, Fate.UNSURE, f"{how} after the mail had begun to leave.", trouble=PeerTrouble.FAILED), False
        return Outcome(message.id, Fate.LATER, f"{how} before the mail left.", retry_after=MINUTE, trouble=PeerTrouble.FAILED), False
    if reply.code in {250, 251}:
        return Outcome(message.id, Fate.ACCEPTED), False
    return _outcome_of_refusal(reply, message, settings)


def _envelope(settings: Settings, assembler: mime.Assembler, message: Message | None) -> Envelope | None:
    """Of a mail that can be said ahead. One that is refused before it is sent is told of in its turn."""
    if message is None:
        return None
    try:
        sender = mime.mailbox(settings["return_path"] or assembler.part(message, "from_email"))
        mime.mailbox(assembler.part(message, "reply_to") or sender)
        return Envelope(sender, mime.mailbox(message.address))
    except ValueError:
        return None


def _outcome_of_refusal(reply: SmtpReply, message: Message, settings: Settings) -> tuple[Outcome, bool]:
    reply_text = scrub(f"{reply.code} {reply.text}", (settings["password"], settings["username"]))
    match meaning(reply):
        case Meaning.SIGN_IN:
            raise Stop(f"The server wants another sign-in: {reply_text}")
        case Meaning.UNTRUSTED:
            raise Stop(f"The server does not trust our mail: {reply_text}")
        case Meaning.SENDER:
            raise Config(f"The server does not let us send from this address: {reply_text}")
        case Meaning.TOO_BIG:
            raise Config(f"The mail is too big for the server: {reply_text}")
        case kind if kind in WAITS:
            return Outcome(message.id, Fate.LATER, reply_text, retry_after=WAITS[kind]), False
        case kind:
            return Outcome(message.id, Fate.REFUSED, reply_text), kind in {Meaning.POLICY, Meaning.NO}


def _sender(settings: Settings, address: str, reply_to: str) -> str:
    """The address that bounces go to. A sender that is no address is the distribution's mistake."""
    try:
        for label in filter(None, (address, reply_to)):
            mime.mailbox(label)
        return mime.mailbox(settings["return_path"] or address)
    except ValueError as wrong:
        raise Config(f"The sender “{mime.one_line(address)}” or its reply-to is not a mail address.") from wrong


def _feedback(message: Message, sender: str) -> str:
    """Gmail's Feedback-ID: at most four fields, the last one constant for the sender."""
    tags = (message.tags.get("distribution", ""), message.tags.get("channel", ""))
    return ":".join([*(mime.id_safe(tag)[:40] for tag in tags), "largesse", mime.id_safe(sender.rpartition("@")[2])])


def _signed(mail: bytes, settings: Settings) -> bytes:
    if settings["signing"] != "own":
        return mail
    try:
        return dkim_key.signed(mail, settings["dkim_domain"], settings["dkim_selector"], settings["dkim_key"])
    except ValueError as wrong:
        raise Stop(f"{wrong} Paste it again.") from wrong


def check(http: Http, settings: Settings, at: int) -> Check:
    """Connect, sign in, and say goodbye; no mail is sent."""
    try:
        connection = connect(http.guard, _server(settings), http.deadlines)
    except CannotConnect as why:
        return Check(works=False, problems=(str(why),))
    answered = connection.alive()
    hang_up(connection)
    if not answered:
        return Check(works=False, problems=("The server ended the conversation.",))
    if settings["signing"] != "own":
        return Check(works=True, notes=warnings(settings))
    name = f"{settings['dkim_selector']}._domainkey.{settings['dkim_domain']}"
    return Check(
        works=True, notes=(f"The domain needs this DNS record, type TXT, name {name}: {dkim_key.dns_record(settings['dkim_key'])}",)
    )


def warnings(settings: Settings) -> tuple[str, ...]:
    """What the pre-flight list should say."""
    problems = []
    if settings["signing"] not in {"own", "relay"}:
        problems.append("Mails leave without a DKIM signature: Gmail and Yahoo refuse them, and one-click unsubscribe is not believed.")
    if settings["security"] == "plain":
        problems.append("Mails leave without encryption.")
    return tuple(problems)


def _server(settings: Settings) -> MailServer:
    return MailServer(settings["host"], int(settings["port"]), settings["security"], settings["username"], settings["password"])


def _port(value: str) -> str | None:
    return None if value.isdigit() and 0 < int(value) < 65536 else "Write a port from 1 to 65535; mail servers mostly listen on 587 or 465."


def _host(value: str) -> str | None:
    return None if re.fullmatch(r"[A-Za-z0-9.:_-]{1,253}", value) else "Write the name of the server only, such as smtp.example.com."


def _domain(value: str) -> str | None:
    return None if re.fullmatch(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*", value) else "Use letters, digits, hyphens and dots only."


def _address(value: str) -> str | None:
    try:
        mime.mailbox(value)
    except ValueError as wrong:
        return str(wrong)
    return None


def _count(value: str) -> str | None:
    return None if value.isdigit() and 0 < int(value) <= 10_000 else "Write a whole number from 1 to 10,000."


_OWN = ("signing", "own")
_SIGNING = (("none", "Nobody signs"), ("relay", "My relay signs; I have checked that"), ("own", "Largesse signs with the key below"))
_SECURITY = (("starttls", "STARTTLS"), ("tls", "TLS from the first byte"), ("plain", "None, for a relay on this machine or network"))

PROVIDER = Provider(
    key="smtp",
    name="SMTP",
    about="Hands mails to a mail server: your own, or the relay of a provider.",
    icon="server",
    fields=(
        Field("host", "Server", help="For example smtp.example.com.", check=_host, host=True),
        Field("port", "Port", Kind.NUMBER, "587 for STARTTLS, 465 for TLS.", "587", check=_port, host=True),
        Field(
            "security",
            "Encryption",
            Kind.CHOICE,
            "A relay at a private address is reached only where LARGESSE_ALLOW_PRIVATE names its range.",
            "starttls",
            choices=_SECURITY,
            host=True,
        ),
        Field("username", "User name", help="Empty where the relay asks for none.", required=False),
        Field("password", "Password", Kind.SECRET, required=False),
        Field("return_path", "Bounces go to", help="The envelope sender. Empty: the sender.", required=False, check=_address),
        Field("per_connection", "Mails per connection", Kind.NUMBER, "Some servers want a new one after so many.", "100", check=_count),
        Field("signing", "DKIM", Kind.CHOICE, "Gmail and Yahoo want mails of bulk senders signed.", "none", choices=_SIGNING),
        Field("dkim_domain", "DKIM domain", help="The domain after the @ of your senders.", check=_domain, only_if=_OWN),
        Field("dkim_selector", "DKIM selector", help="The name of the key in the DNS.", default="largesse", check=_domain, only_if=_OWN),
        Field(
            "dkim_key",
            "DKIM private key",
            Kind.SECRET_LONG,
            "An RSA key as PEM. Test connection then shows the DNS record.",
            check=dkim_key.mistake,
            only_if=_OWN,
            stays=True,
        ),
    ),
    check=check,
    warnings=warnings,
    modes=(Mode("mail", "email", Takes.TEXT, send, label="Mail", identify_by="email", limits=Limits(items=50, concurrent=4)),),
)
