"""SMTP: mails to a server of your own or of a provider (RFC 5321), over connections that are kept open.

`connection.py` talks to the server; `replies.py` says what its negative replies mean.
"""

from __future__ import annotations

from collections.abc import Iterator

from integrations.contract import (
    Batch,
    Check,
    Config,
    Fate,
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
from integrations.mail import mime
from integrations.providers.smtp import dkim_key, mailbox, return_path
from integrations.providers.smtp.connection import CannotConnect, ConnectionBroken, Envelope, MailServer, SmtpConnection, SmtpReply
from integrations.providers.smtp.fields import FIELDS
from integrations.providers.smtp.kept import connect, hang_up, kept_connection
from integrations.providers.smtp.receipts import receive, signature
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
    own = _sender(assembler.part(message, "from_email"), assembler.part(message, "reply_to"))
    try:
        envelope = _envelope(connection, settings, own, message)
    except ValueError as wrong:
        return Outcome(message.id, Fate.REFUSED, str(wrong), for_good=True), False
    mail = _signed(assembler.mail(message, _headers(settings, message, own), international=connection.international), settings)
    try:
        reply = connection.deliver(envelope, mail, _ahead(connection, settings, assembler, next_one))
    except ConnectionBroken as cut:
        how = "The server did not answer in time" if cut.silent else "The connection broke"
        if cut.sent:
            return Outcome(message.id, Fate.UNSURE, f"{how} after the mail had begun to leave.", trouble=PeerTrouble.FAILED), False
        return Outcome(message.id, Fate.LATER, f"{how} before the mail left.", retry_after=MINUTE, trouble=PeerTrouble.FAILED), False
    if reply.code in {250, 251}:
        return Outcome(message.id, Fate.ACCEPTED), False
    return _outcome_of_refusal(reply, message, settings)


def _envelope(connection: SmtpConnection, settings: Settings, sender: str, message: Message) -> Envelope:
    """Whom the mail is for, and where it comes back to. Raises ValueError where the address is none."""
    recipient = mime.mailbox(message.address, international=connection.international)
    return Envelope(return_path.envelope_sender(settings, sender, message.id), recipient)


def _ahead(connection: SmtpConnection, settings: Settings, assembler: mime.Assembler, message: Message | None) -> Envelope | None:
    """Of the next mail, where it can be said ahead. One that is refused before it is sent is told of in its turn."""
    if message is None:
        return None
    try:
        sender = _sender(assembler.part(message, "from_email"), assembler.part(message, "reply_to"))
        return _envelope(connection, settings, sender, message)
    except (Config, ValueError):
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
            refused = Outcome(message.id, Fate.REFUSED, reply_text, for_good=kind is Meaning.NO_MAILBOX)
            return refused, kind in {Meaning.POLICY, Meaning.NO}


def _sender(address: str, reply_to: str) -> str:
    """The address of the sender. One that is none is the distribution's mistake."""
    try:
        for label in filter(None, (address, reply_to)):
            mime.mailbox(label)
        return mime.mailbox(address)
    except ValueError as wrong:
        raise Config(f"The sender “{mime.one_line(address)}” or its reply-to is not a mail address.") from wrong


def _headers(settings: Settings, message: Message, sender: str) -> dict[str, str]:
    """What stands in the mail for whoever sends it back: complaints name neither us nor the address it was sent from."""
    returns = return_path.token(settings["bounce_key"], message.id) if settings["bounces"] != "no" else ""
    return {"Feedback-ID": _feedback(message, sender)} | ({return_path.HEADER: returns} if returns else {})


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
    problem, note = mailbox.check(http, settings) if mailbox.reads(settings) else ("", "")
    if problem:
        return Check(works=False, problems=(problem,))
    return Check(works=True, notes=tuple(filter(None, (*_signing(settings), note))))


def _signing(settings: Settings) -> tuple[str, ...]:
    if settings["signing"] != "own":
        return warnings(settings)
    name = f"{settings['dkim_selector']}._domainkey.{settings['dkim_domain']}"
    return (f"The domain needs this DNS record, type TXT, name {name}: {dkim_key.dns_record(settings['dkim_key'])}",)


def warnings(settings: Settings) -> tuple[str, ...]:
    """What the pre-flight list should say."""
    problems = []
    if settings["signing"] not in {"own", "relay"}:
        problems.append("Mails leave without a DKIM signature: Gmail and Yahoo refuse them, and one-click unsubscribe is not believed.")
    if settings["security"] == "plain":
        problems.append("Mails leave without encryption.")
    if settings["bounces"] != "no" and not settings["return_path"]:
        problems.append("Bounces are to be read, but go to the sender: fill in “Bounces go to”.")
    return tuple(problems)


def _server(settings: Settings) -> MailServer:
    return MailServer(settings["host"], int(settings["port"]), settings["security"], settings["username"], settings["password"])


PROVIDER = Provider(
    key="smtp",
    name="SMTP",
    about="Hands mails to a mail server: your own, or the relay of a provider.",
    icon="server",
    fields=FIELDS,
    check=check,
    warnings=warnings,
    receive=receive,
    signature=signature,
    collect=mailbox.collect,
    collects=mailbox.reads,
    receipts_tell="bounced and complained, where somebody reads bounces",
    receipts_help="Only for “A mail server that posts them”: let it post each returned mail, raw, as message/rfc822 to {url}, signed by"
    " Standard Webhooks with the key of returned mails.",
    signs=lambda settings: (settings["dkim_selector"],) if settings["dkim_key"] else (),
    modes=(Mode("mail", "email", Takes.TEXT, send, label="Mail", identify_by="email", limits=Limits(items=50, concurrent=4)),),
)
