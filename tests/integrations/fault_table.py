"""What becomes of a message when its provider does wrong? The table that `test_every_fault.py` asks and docs/reliability.md prints.

`python -m tests.integrations.fault_table` prints it.
"""

from integrations.contract import Mode, Provider, Takes
from tests.integrations.faults import REPLIES, STEPS

ENDS = {
    "accepted": ("taken", "everybody"),
    "refused": ("refused for good, its code is free again", "everybody"),
    "later": ("tried again later, by its schedule", "everybody"),
    "waits": ("tried again when the wait is over; no attempt is counted", "every other connection; nobody by this one until then"),
    "failed": ("tried again; the attempt counts", "every other connection; this one goes on with one message, then pauses as failing"),
    "unreached": (
        "tried again; no attempt is counted",
        "every other connection; this one goes on with one message, then pauses as failing",
    ),
    "unsure": ("unsure: nothing is sent twice", "every other connection; this one goes on with one message, then pauses as failing"),
    "stops": ("waits until a person resumes the connection", "every other connection; this one is paused"),
    "config": ("waits until a person corrects it", "every other distribution; this one is paused"),
}
"""End -> what that means for the message, and who else goes on."""

UNSAFE, SAFE, WEBHOOK = 0, 1, 2
COLUMNS = ("calls that must not be repeated", "calls that may be repeated", "webhooks")
HTTP: dict[str, tuple[tuple[str, str, str], str]] = {
    "429": (("waits", "waits", "waits"), "SendGrid asks for a pause."),
    "429, Retry-After in seconds": (("waits", "waits", "waits"), "SendGrid asks for a pause."),
    "429, Retry-After as a date": (("waits", "waits", "waits"), "SendGrid asks for a pause."),
    "401": (("stops", "stops", "stops"), "SendGrid does not accept the API key."),
    "403": (("stops", "stops", "stops"), "SendGrid does not let this key send: it lacks the scope mail.send, or the account is blocked."),
    "404": (("stops", "stops", "later"), "There is no SendGrid API at this address."),
    "408": (("failed", "failed", "failed"), "SendGrid did not receive the whole request."),
    "413": (("config", "config", "later"), "The mail is too big for SendGrid."),
    "302": (
        ("config", "config", "config"),
        "SendGrid answered 302: what is asked for has moved elsewhere. Correct the address in the connection.",
    ),
    "418": (("stops", "stops", "later"), "That is not the API of SendGrid: it answered 418."),
    "500": (("unsure", "failed", "failed"), "SendGrid answered 500."),
    "502": (("unsure", "failed", "failed"), "SendGrid answered 502."),
    "503": (("failed", "failed", "failed"), "SendGrid is not available."),
    "half an answer": (("unsure", "failed", "accepted"), "SendGrid answered 200, but not completely."),
    "reset during the request": (("unsure", "failed", "failed"), "The connection to 127.0.0.1 broke after the request had begun."),
    "reset after the request": (("unsure", "failed", "failed"), "The connection to 127.0.0.1 broke after the request had begun."),
    "goodbye without an answer": (("unsure", "failed", "failed"), "The connection to 127.0.0.1 broke after the request had begun."),
    "reset in the answer": (("unsure", "failed", "accepted"), "SendGrid answered 200, but not completely."),
    "silence": (("unsure", "failed", "failed"), "127.0.0.1 took the request and did not answer within 0.3 seconds."),
    "an answer that drips": (("unsure", "failed", "accepted"), "SendGrid answered 200, but not completely."),
    "200 with somebody else’s page": (("unsure", "failed", "accepted"), "SendGrid answered 200, but not as it should."),
    "10 MB": (("unsure", "failed", "accepted"), "SendGrid answered 200, but not completely."),
    "refuses connections": (("unreached", "unreached", "unreached"), "127.0.0.1 refuses connections."),
    "TLS broken": (("unreached", "unreached", "unreached"), "127.0.0.1 does not speak TLS as it should."),
    "name unknown": (("unreached", "unreached", "unreached"), "nowhere.invalid is not a known name."),
}
"""Fault -> the end for each column, and the words SendGrid's people read."""
OTHERWISE = {("403", "mailchimp"): "waits"}
"""A provider that says something of its own by it: a 403 that is not JSON is how Mailchimp says that there are too many connections."""

_BEFORE = {"421": "waits", "450": "unreached", "451": "unreached", "452": "unreached", "550": "stops", "552": "stops", "554": "stops"}
_LOST = {"drop": "unreached", "silence": "unreached"}
_LATER = {"421": "later", "450": "later", "451": "later", "452": "later", "drop": "failed", "silence": "failed"}
SMTP: dict[str, dict[str, str]] = {
    "greeting": _BEFORE | _LOST,
    "EHLO": _BEFORE | _LOST | {"421": "unreached"},
    "STARTTLS": _BEFORE | _LOST,
    "AUTH": _BEFORE | _LOST,
    "MAIL": _LATER | {"550": "refused", "552": "config", "554": "stops"},
    "RCPT": _LATER | {"550": "refused", "552": "later", "554": "refused"},
    "DATA": _LATER | {"550": "refused", "552": "config", "554": "refused"},
    "end of the mail": _LATER | {"550": "refused", "552": "config", "554": "refused", "drop": "unsure", "silence": "unsure"},
}
"""Step -> what the server replies there, or does -> the end."""


def column(mode: Mode) -> int:
    """Which of the columns a mode stands in."""
    if mode.takes is Takes.PAYLOAD:
        return WEBHOOK
    return UNSAFE if mode.repeat_safe_for is None else SAFE


def expected(fault: str, provider: Provider, mode: Mode) -> str:
    """The end of a message of this mode."""
    return OTHERWISE.get((fault, provider.key)) or HTTP[fault][0][column(mode)]


def markdown() -> str:
    """The tables, as docs/reliability.md has them."""
    lines = ["| end | the message | who else goes on |", "|---|---|---|"]
    lines += [f"| {end} | {meant} | {others} |" for end, (meant, others) in ENDS.items()]
    lines += ["", f"| the provider | {' | '.join(COLUMNS)} | in words, of SendGrid |", "|---|---|---|---|---|"]
    lines += [f"| {fault} | {' | '.join(ends)} | {words} |" for fault, (ends, words) in HTTP.items()]
    lines += ["", f"| the mail server at | {' | '.join(REPLIES)} |", "|---" * (len(REPLIES) + 1) + "|"]
    lines += [f"| {step} | {' | '.join(SMTP[step][reply] for reply in REPLIES)} |" for step in STEPS]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    print(markdown(), end="")
