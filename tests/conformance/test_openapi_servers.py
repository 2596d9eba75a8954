"""Servers that others wrote, made from the providers' own OpenAPI documents, take what the adapters send. `make conformance` runs this."""

import json
import os
import re
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from integrations import catalogue
from integrations.contract import Fate, one_by_one
from integrations.http import Answer, Deadlines, Failure, Http
from tests.integrations import recordings
from tests.integrations.family import OPENAPI, batch

PRISM = os.environ.get("PRISM", "")
pytestmark = pytest.mark.skipif(not PRISM, reason="left out: `make conformance` asks servers made by Prism")

Document = dict[str, Any]


def as_it_is(document: Document) -> Document:
    return document


def lists_in_forms(document: Document) -> Document:
    """Prism reads no list from a form unless it is told how it is written."""
    body = document["paths"]["/v3/{domain_name}/messages"]["post"]["requestBody"]["content"]["multipart/form-data"]
    body["encoding"] = {"to": {"style": "form", "explode": False, "allowReserved": True}}
    return document


DOCUMENTS: Mapping[str, tuple[str, Callable[[Document], Document]]] = {
    "sendgrid": ("sendgrid/tsg_mail_v3.patched.json", as_it_is),
    "mailgun": ("mailgun/mailgun-openapi.yaml", lists_in_forms),
    "twilio": ("twilio/twilio_api_v2010.json", as_it_is),
    "klaviyo": ("klaviyo/klaviyo-slim-prism.json", as_it_is),
}
"""Provider -> its document, and what must be done to it before Prism understands it."""
EMPTY = {"json": b"{}", "urlencoded": b"Nonsense=1", "multipart": b""}
"""Content type -> a body without anything in it."""
STARTS_IN = 60
"""Seconds."""


class Watching(Http):
    """Remembers every call and its answer."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.0/8",), Deadlines(single=60))
        self.calls: list[tuple[str, str, Mapping[str, str], Answer | Failure]] = []

    def request(self, method: str, url: str, *, headers: Mapping[str, str], **more: Any) -> Answer | Failure:
        happened = super().request(method, url, headers=headers, **more)
        self.calls.append((method, url, headers, happened))
        return happened


@pytest.fixture
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a server that knows nothing but the document."""
    name, prepared = DOCUMENTS[request.param]
    if request.param not in catalogue.keys():  # noqa: SIM118 - a function of the catalogue
        pytest.skip(f"there is no provider {request.param} yet")
    if not (OPENAPI / name).exists():
        pytest.skip(f"left out: {OPENAPI / name} is not on this machine")
    document, said = tmp_path / "openapi.json", tmp_path / "prism.log"
    document.write_text(json.dumps(prepared(_read(OPENAPI / name)), default=str))
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with said.open("w") as log:
        process = subprocess.Popen(
            [PRISM, "mock", "--host", "127.0.0.1", "--port", str(port), "--errors", str(document)], stdout=log, stderr=subprocess.STDOUT
        )
    try:
        _until_it_listens(process, port, said)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(10)


def _read(path: Path) -> Document:
    import yaml

    read: Document = yaml.safe_load(path.read_text()) if path.suffix in {".yaml", ".yml"} else json.loads(path.read_text())
    return read


def _until_it_listens(process: "subprocess.Popen[bytes]", port: int, said: Path) -> None:
    for _ in range(STARTS_IN * 5):
        assert process.poll() is None, said.read_text()
        with socket.socket() as tried:
            if tried.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.2)
    pytest.fail(f"Prism does not listen after {STARTS_IN} seconds: {said.read_text()}")


each = pytest.mark.parametrize(("key", "server"), [(key, key) for key in DOCUMENTS], indirect=["server"], ids=list(DOCUMENTS))


@each
def test_a_server_made_from_the_document_takes_what_is_sent(key: str, server: str) -> None:
    provider = catalogue.provider(key)
    settings = recordings.of(key).settings(server)
    for mode in provider.modes:
        for count in (1, 3, mode.limits.items):
            http = Watching()
            outcomes = list(one_by_one(mode.send(http, settings, batch(provider, mode, count))))
            assert http.calls
            for method, url, _, happened in http.calls:
                assert isinstance(happened, Answer)
                about = f"{mode.key}, {count} messages, {method} {url}: {happened.headers.get('sl-violations')} {happened.body[:300]!r}"
                assert happened.status < 300, about
                assert not re.search(r'"location":\["request"', happened.headers.get("sl-violations", "")), about
            assert not {o.fate for o in outcomes} & {Fate.REFUSED, Fate.LATER}, {o.reason for o in outcomes}


@each
def test_the_same_server_refuses_what_is_wrong(key: str, server: str) -> None:
    """Otherwise its yes would mean nothing."""
    provider = catalogue.provider(key)
    for mode in provider.modes:
        http = Watching()
        list(mode.send(http, recordings.of(key).settings(server), batch(provider, mode, 1)))
        method, url, headers, _ = next(call for call in http.calls if call[0] != "GET")

        kind = next(value for name, value in headers.items() if name.lower() == "content-type")
        empty = next(body for part, body in EMPTY.items() if part in kind)
        assert _status(http.request(method, url, body=empty, headers=headers)) >= 400
        without = {name: value for name, value in headers.items() if name.lower() != "authorization"}
        assert _status(http.request(method, url, body=empty, headers=without)) >= 400
        assert _status(http.request(method, f"{url}-and-more", body=empty, headers=headers)) >= 400


def _status(happened: Answer | Failure) -> int:
    assert isinstance(happened, Answer)
    return happened.status
