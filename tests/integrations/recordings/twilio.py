"""What Twilio answers: https://www.twilio.com/docs/api/errors and its published OpenAPI document."""

import json
from urllib.parse import parse_qsl, urlencode

from integrations import signatures
from integrations.contract import Fate, Happened, Receipt, Request
from tests.integrations.replies import Reply, Seen
from tests.integrations.standins import is_nobody

EXPECTED = {"partial": {Fate.ACCEPTED, Fate.REFUSED}, "server error": {Fate.UNSURE}, "cut": {Fate.UNSURE}}
PARTS = {"text": "Your code: %c%"}
MORE_SETTINGS = ({"sign_in": "token", "sender_kind": "service"},)
LEFT_OUT = {"too big": "one message a call"}
PAUSE = 2
SID, TOKEN = "AC" + "0123456789abcdef" * 2, "hidden-word-of-twilio"
OPENAPI = {f"/2010-04-01/Accounts/{SID}/Messages.json": ("twilio/twilio_api_v2010.json", "/2010-04-01/Accounts/{AccountSid}/Messages.json")}
WHERE = "https://maple.example/receipts/w0rd?message=dlv_1"
CALLBACK = {
    "SmsSid": "SM1",
    "MessageSid": "SM1",
    "SmsStatus": "undelivered",
    "MessageStatus": "undelivered",
    "To": "+447701000001",
    "From": "+447700900018",
    "AccountSid": SID,
    "ApiVersion": "2010-04-01",
    "ErrorCode": "30005",
    "ANewField": "of which we know nothing",
}


def posted(said: dict[str, str], url: str = WHERE, token: str = TOKEN) -> Request:
    """A form as Twilio posts it, signed."""
    return Request({"x-twilio-signature": signatures.form_signature(token, url, said.items())}, urlencode(said).encode(), url)


RECEIPTS = [
    (
        posted(CALLBACK),
        Receipt(
            Happened.BOUNCED, message_id="dlv_1", provider_id="SM1", address="+447701000001", reason="The number is not in use.",
        ),
    ),
    (
        posted({"Body": " stop. ", "From": "+447701000001", "To": "+447700900018", "MessageSid": "SM2", "SmsStatus": "received"}),
        Receipt(Happened.STOPPED, address="+447701000001"),
    ),
]  # fmt: skip


def settings(url: str) -> dict[str, str]:
    return {
        "account_sid": SID,
        "auth_token": TOKEN,
        "old_auth_token": "the-token-before",
        "sign_in": "key",
        "api_key": "SK" + "0123456789abcdef" * 2,
        "api_secret": "hidden-word-of-the-key",
        "sender_kind": "number",
        "sender": "+447700900018",
        "service": "MG" + "0123456789abcdef" * 2,
        "region": "other",
        "edge": "dublin",
        "api": url,
    }


def error(code: int, text: str, status: int = 400) -> Reply:
    said = {"code": code, "message": text, "more_info": f"https://www.twilio.com/docs/errors/{code}", "status": status}
    return status, {"content-type": "application/json"}, json.dumps(said).encode()


def answer(situation: str, seen: Seen, taken: list[str]) -> Reply:
    said = dict(parse_qsl(seen.body.decode()))
    match situation:
        case "throttled":
            return error(20429, "Too Many Requests SECRET BYTES", 429)
        case "bad key":
            return error(20003, "Authenticate hidden-word SECRET BYTES", 401)
        case "server error":
            return 500, {}, b"<html>SECRET BYTES</html>"
        case "cut":
            return "cut"
        case "partial" if is_nobody(said["To"]):
            return error(21211, f"The 'To' number {said['To']} is not a valid phone number. SECRET BYTES")
    if seen.method == "GET":
        return 200, {}, b'{"status": "active", "messages": []}'
    taken.append(said["To"])
    return 201, {}, json.dumps({"sid": f"SM{len(taken)}", "status": "queued", "error_code": None}).encode()
