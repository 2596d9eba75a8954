"""Mails that came back, as mail servers write them, with the token of a message where each puts the envelope sender.

Written after what is publicly documented of their formats, without personal data: Postfix (bounce(5)), Exim (its default bounce message),
Exchange Online (its NDR), Gmail and Yahoo (their bounces), feedback loops (RFC 5965).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

PATH = "bounces+{token}@maple.example"
ORIGINAL = """Return-Path: <bounces+{token}@maple.example>
From: Maple <hello@maple.example>
To: dina@example.com
Subject: Your code
X-Largesse-Return: {token}
Message-ID: <dlv_x@maple.example>
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8

Your code: CODE-1
"""


@dataclass(frozen=True)
class Sample:
    """A mail, and what it means: `happened` (empty: nothing), and the code in its reason."""

    mail: str
    happened: str = ""
    code: str = ""

    def raw(self, token: str) -> bytes:
        """The mail about the message with this token, lines ending as in SMTP."""
        return self.mail.replace("{original}", ORIGINAL).replace("{token}", token).replace("\n", "\r\n").encode()


def report(head: str, words: str, message: str, recipient: str, original: str = "message/rfc822") -> str:
    """A multipart/report of three parts."""
    return f"""{head}MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status;
\tboundary="=_b1"

This is a MIME-encapsulated message.

--=_b1
Content-Type: text/plain; charset=us-ascii

{words}

--=_b1
Content-Type: message/delivery-status

{message}

{recipient}

--=_b1
Content-Type: {original}

{{original}}
--=_b1--
"""


def head(sender: str, subject: str) -> str:
    return f"""Return-Path: <>
From: {sender}
Subject: {subject}
To: {PATH}
Date: Tue, 14 Apr 2026 03:50:12 +0000
Auto-Submitted: auto-replied
"""


POSTFIX = head("MAILER-DAEMON@mx.maple.example (Mail Delivery System)", "Undelivered Mail Returned to Sender")
EXCHANGE = head("Microsoft Outlook <MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@maple.example>", "Undeliverable: Your code")
GMAIL = head("Mail Delivery Subsystem <mailer-daemon@googlemail.com>", "Delivery Status Notification (Failure)")
MTA = "Reporting-MTA: dns; mx.maple.example\nX-Postfix-Queue-ID: 4XyZ12\nX-Postfix-Sender: rfc822; bounces+{token}@maple.example"

SAMPLES: Mapping[str, Sample] = {
    "Postfix, no such user": Sample(
        report(
            POSTFIX,
            "I'm sorry to have to inform you that your message could not be delivered to one or more recipients.",
            MTA,
            "Final-Recipient: rfc822; dina@example.com\nOriginal-Recipient: rfc822;dina@example.com\nAction: failed\nStatus: 5.1.1\n"
            "Remote-MTA: dns; mx.example.com\nDiagnostic-Code: smtp; 550 5.1.1 <dina@example.com>: Recipient address rejected",
        ),
        "bounced",
        "5.1.1",
    ),
    "Postfix, mailbox full": Sample(
        report(
            POSTFIX,
            "The mail system",
            MTA,
            "Final-Recipient: rfc822; dina@example.com\nAction: failed\nStatus: 5.2.2\n"
            "Diagnostic-Code: smtp; 552 5.2.2 <dina@example.com>: Mailbox full",
            "text/rfc822-headers",
        ),
        "bounced soft",
        "5.2.2",
    ),
    "Postfix, no such domain": Sample(
        report(
            POSTFIX,
            "Host or domain name not found.",
            MTA,
            "Final-Recipient: rfc822; dina@nowhere.example\nAction: failed\nStatus: 5.4.4\n"
            "Diagnostic-Code: X-Postfix; Host or domain name not found. Name service error for name=nowhere.example type=A: Host not found",
        ),
        "bounced",
        "5.4.4",
    ),
    "Postfix, given up after five days": Sample(
        report(
            POSTFIX,
            "The mail system",
            MTA,
            "Final-Recipient: rfc822; dina@example.com\nAction: failed\nStatus: 4.4.1\n"
            "Diagnostic-Code: X-Postfix; connect to mx.example.com[192.0.2.1]:25: Connection timed out",
        ),
        "bounced soft",
        "4.4.1",
    ),
    "Postfix, delayed": Sample(
        report(
            POSTFIX.replace("Undelivered Mail Returned to Sender", "Delayed Mail (still being retried)"),
            "THIS IS A WARNING ONLY. YOU DO NOT NEED TO RESEND YOUR MESSAGE.",
            MTA,
            "Final-Recipient: rfc822; dina@example.com\nAction: delayed\nStatus: 4.4.1\nWill-Retry-Until: Sun, 19 Apr 2026 03:50:12 +0000",
        )
    ),
    "Postfix, delivered": Sample(
        report(
            POSTFIX.replace("Undelivered Mail Returned to Sender", "Successful Mail Delivery Report"),
            "Your message was successfully delivered.",
            MTA,
            "Final-Recipient: rfc822; dina@example.com\nAction: delivered\nStatus: 2.0.0\nDiagnostic-Code: smtp; 250 2.0.0 Ok: queued",
        ),
        "delivered",
    ),
    "Exim, with a report": Sample(
        report(
            head("Mail Delivery System <Mailer-Daemon@mx.maple.example>", "Mail delivery failed: returning message to sender")
            + "X-Failed-Recipients: dina@example.com\n",
            "This message was created automatically by mail delivery software.",
            "Reporting-MTA: dns; mx.maple.example",
            "Action: failed\nFinal-Recipient: rfc822;dina@example.com\nStatus: 5.0.0\nRemote-MTA: dns; mx.example.com\n"
            "Diagnostic-Code: smtp; 550 5.1.1 The email account that you tried to reach does not exist",
        ),
        "bounced",
        "5.1.1",
    ),
    "Exim, in words alone": Sample(
        head("Mail Delivery System <Mailer-Daemon@mx.maple.example>", "Mail delivery failed: returning message to sender")
        + """X-Failed-Recipients: dina@nowhere.example

This message was created automatically by mail delivery software.

A message that you sent could not be delivered to one or more of its
recipients. This is a permanent error. The following address(es) failed:

  dina@nowhere.example
    Unrouteable address

------ This is a copy of the message, including all the headers. ------

{original}
""",
        "bounced",
        "5.1.2",
    ),
    "Exchange, no such recipient": Sample(
        report(
            EXCHANGE,
            "Delivery has failed to these recipients or groups:",
            "Reporting-MTA: dns;AM0PR01MB0001.eurprd01.prod.exchangelabs.com\nReceived-From-MTA: dns;mx.maple.example",
            "Final-Recipient: rfc822;dina@example.com\nAction: failed\nStatus: 5.1.10\n"
            "Diagnostic-Code: smtp;550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient dina@example.com not found by SMTP address lookup",
        ),
        "bounced",
        "5.1.10",
    ),
    "Exchange, refused by a rule": Sample(
        report(
            EXCHANGE,
            "Your message wasn't delivered because the recipient's email provider rejected it.",
            "Reporting-MTA: dns;AM0PR01MB0001.eurprd01.prod.exchangelabs.com",
            "Final-Recipient: rfc822;dina@example.com\nAction: failed\nStatus: 5.7.1\n"
            "Diagnostic-Code: smtp;550 5.7.1 TRANSPORT.RULES.RejectMessage; the message was rejected by organization policy",
        ),
        "bounced soft",
        "5.7.1",
    ),
    "Gmail, no such user": Sample(
        report(
            GMAIL + "X-Failed-Recipients: dina@example.com\n",
            "** Address not found **\n\nYour message wasn't delivered to dina@example.com because the address couldn't be found.",
            "Reporting-MTA: dns; googlemail.com\nArrival-Date: Tue, 14 Apr 2026 03:50:10 +0000\n"
            "X-Original-Message-ID: <dlv_x@maple.example>",
            "Final-Recipient: rfc822; dina@example.com\nAction: failed\nStatus: 5.1.1\nRemote-MTA: dns; mx.example.com.\n"
            "Diagnostic-Code: smtp; 550-5.1.1 The email account that you tried to reach does not exist. Please try\n"
            " 550-5.1.1 double-checking the recipient's email address for typos\n 550 5.1.1 https://support.example/answer - gsmtp\n"
            "Last-Attempt-Date: Tue, 14 Apr 2026 03:50:12 +0000",
        ),
        "bounced",
        "5.1.1",
    ),
    "Gmail, over quota": Sample(
        report(
            GMAIL,
            "The recipient's inbox is out of storage space.",
            "Reporting-MTA: dns; googlemail.com",
            "Final-Recipient: rfc822; dina@example.com\nAction: failed\nStatus: 4.2.2\n"
            "Diagnostic-Code: smtp; 452-4.2.2 The recipient's inbox is out of storage space. - gsmtp",
        ),
        "bounced soft",
        "4.2.2",
    ),
    "Yahoo, no such user": Sample(
        report(
            head("MAILER-DAEMON@yahoo.com", "Failure Notice"),
            "Sorry, we were unable to deliver your message to the following address.",
            "Reporting-MTA: dns; sonic301.consmr.mail.ne1.yahoo.com",
            "Final-Recipient: rfc822; dina@yahoo.com\nAction: failed\nStatus: 5.0.0\n"
            "Diagnostic-Code: smtp; 554 delivery error: dd This user doesn't have a yahoo.com account (dina@yahoo.com) [0]",
        ),
        "bounced",
        "5.1.1",
    ),
    "Yahoo, a complaint": Sample(
        """From: <feedback@arf.mail.yahoo.com>
To: <fbl@maple.example>
Date: Tue, 14 Apr 2026 03:50:12 +0000
Subject: FW:Your code
MIME-Version: 1.0
Content-Type: multipart/report; boundary="=_b2"; report-type=feedback-report

--=_b2
Content-Type: text/plain; charset="US-ASCII"

This is an email abuse report.

--=_b2
Content-Type: message/feedback-report

Feedback-Type: abuse
User-Agent: Yahoo!-Mail-Feedback/2.0
Version: 0.1
Original-Mail-From: <bounces+{token}@maple.example>
Arrival-Date: Tue, 14 Apr 2026 03:50:10 +0000
Reported-Domain: maple.example

--=_b2
Content-Type: message/rfc822
Content-Disposition: inline

{original}
--=_b2--
""",
        "complained",
    ),
    "a complaint that was none": Sample(
        """To: <fbl@maple.example>
Content-Type: multipart/report; boundary="=_b2"; report-type=feedback-report

--=_b2
Content-Type: message/feedback-report

Feedback-Type: not-spam
Version: 1

--=_b2
Content-Type: message/rfc822

{original}
--=_b2--
"""
    ),
    "somebody is away": Sample(
        f"""From: Dina <dina@example.com>
To: {PATH}
Subject: Out of office: Your code
Auto-Submitted: auto-replied
Content-Type: text/plain

I am away until Monday. 550 5.1.1 is my favourite number.
"""
    ),
    "somebody answers": Sample(f"From: Dina <dina@example.com>\nTo: {PATH}\nSubject: Re: Your code\n\nThank you!\n"),
}
"""Where it comes from, and what it says -> the mail."""
