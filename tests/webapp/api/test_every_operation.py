"""Whatever is sent to whatever operation, the answer is JSON, says what is wrong by name, and is never our fault.

Operations come from the table, so that a new one is asked without being named here.
"""

import base64
import io
import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from domain.incentives.ledger.publish import publish
from domain.kernel.actor import SYSTEM
from domain.tables.customers import Customer
from domain.tables.workspace import VERBS
from domain.workspace.api_keys.create import Made, make
from tests.webapp.api.given import GOOD, PATH, PATHS, a_campaign, a_shop, fits_document, headers
from tests.webapp.conftest import Browser
from webapp.api import reference
from webapp.api.door import names
from webapp.api.filters import OPERATORS, PRESENCE
from webapp.api.operation import OPERATIONS, Nothing, Operation

every = pytest.mark.parametrize("operation", OPERATIONS, ids=lambda o: o.name)
with_key = pytest.mark.parametrize("operation", [o for o in OPERATIONS if o.verb], ids=lambda o: o.name)
of_campaigns = pytest.mark.parametrize("operation", [o for o in OPERATIONS if o.verb in {"read", "publish"}], ids=lambda o: o.name)
with_body = pytest.mark.parametrize("operation", [o for o in OPERATIONS if o.body is not Nothing], ids=lambda o: o.name)
DIRT = {"NUL": "a\0b", "half a pair": "a\ud83d", "escape": "a\x1bb", "C1": "a\x85b"}
LONG = "x" * 10_000
KNOWN = sorted({name for o in OPERATIONS for model in (o.query, o.body) for name in names.of_model(model)})
WORDS = st.one_of(
    st.text(max_size=8), st.sampled_from([*KNOWN, "Autumn 15 %", "c1", "None", "true", "[1", "['a', 1]", "\ud800", "²", "1e9", "%", "\n"])
)
LEAVES = st.one_of(WORDS, st.integers(), st.floats(), st.booleans(), st.none())
VALUES = st.recursive(
    LEAVES, lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(WORDS, inner, max_size=4)), max_leaves=12
)
OBJECTS = st.dictionaries(WORDS, VALUES, max_size=6)
FILTERED = st.builds(
    "filters[{}][conditions][{}]".format,
    st.sampled_from(["code", "source_id", "id", "created_at", "customer_id", "result"]),
    st.sampled_from([*OPERATORS, *PRESENCE]),
)
QUERIES = st.lists(st.tuples(st.one_of(WORDS, FILTERED), WORDS), max_size=5)


@pytest.fixture
def key(session: Session) -> Made:
    """One that may do everything, by GET too."""
    return make(session, SYSTEM, "Everything", platform="iterable", per_minute=100_000)


@pytest.fixture(autouse=True)
def scene(session: Session, dina: Customer) -> None:
    """Codes of two campaigns are in Dina's hands, and she has ordered."""
    for name in ("Autumn 15 %", "Winter"):
        publish(session, a_campaign(session, name, codes=5).id, dina.id, "before")
    a_shop(session, dina)


def path_of(operation: Operation, **values: str) -> str:
    return re.sub(r"\{(\w+)\}", lambda name: (PATH | PATHS.get(operation.name, {}) | values).get(name[1], "nothing"), operation.path)


def ask(client: Browser, key: Made | None, operation: Operation, path: str | None = None, **sent: Any) -> TestResponse:
    """Call it; every answer is JSON, in the envelope where it is a no, and never our fault."""
    more = sent.pop("headers", {})
    method = sent.pop("method", operation.method)
    answer = client.open(path or path_of(operation), method=method, headers=(headers(key) if key else {}) | more, **sent)
    assert answer.status_code < 500, answer.json
    assert answer.mimetype == "application/json" or (answer.status_code == 204 and not answer.data)
    assert answer.headers["Cache-Control"] == "private, no-store"
    if answer.status_code >= 400 and method != "HEAD":
        assert answer.json.keys() >= {"code", "key", "message", "details", "request_id"}
        assert answer.json["code"] == answer.status_code
    return answer


def refused(answer: TestResponse, name: str, status: int = 400) -> None:
    assert answer.status_code == status, answer.json
    assert name in re.sub(r"\.\d+(?=[. ])", "", answer.json["details"]), answer.json  # which of a list it is, is said too


def asked_for(operation: Operation) -> list[str]:
    """Names in its query, those inside others with brackets."""
    return [re.sub(r"\.(\w+)", r"[\1]", name) for name in names.of_model(operation.query)]


def sent_with(operation: Operation) -> list[str]:
    return list(dict.fromkeys(names.of_model(operation.body)))


def within(name: str, value: object) -> dict[str, Any]:
    """`{"customer": {"name": value}}` for `customer.name`."""
    for word in reversed(name.split(".")):
        value = {word: value}
    return value


@every
def test_a_path_names_what_exists(operation: Operation) -> None:
    assert set(re.findall(r"\{(\w+)\}", operation.path)) <= PATH.keys(), "put what the path names into PATH of tests/webapp/api/given.py"


@every
def test_a_good_call_is_answered_as_the_document_says(client: Browser, key: Made, operation: Operation) -> None:
    answer = ask(client, key, operation, **GOOD.get(operation.name, {}))

    assert answer.status_code == operation.status, f"{answer.json}: put a good call of {operation.name} into tests/webapp/api/given.py"
    fits_document(answer, operation.path, operation.method)


@every
@pytest.mark.parametrize("dirt", DIRT.values(), ids=DIRT)
def test_text_that_cannot_be_kept_is_refused_by_name(client: Browser, key: Made, operation: Operation, dirt: str) -> None:
    for name in asked_for(operation):
        written = quote(dirt.encode(errors="surrogatepass"))
        refused(ask(client, key, operation, query_string=f"{name}={written}"), re.sub(r"\[(\w+)\]", r".\1", name))
    for name in sent_with(operation):
        refused(ask(client, key, operation, data=json.dumps(within(name, dirt)), content_type="application/json"), name)
        refused(ask(client, key, operation, data=json.dumps(within(name, {dirt: 1})), content_type="application/json"), name)
    for name in re.findall(r"\{(\w+)\}", operation.path):
        refused(ask(client, key, operation, path_of(operation, **{name: quote(dirt.encode(errors="surrogatepass"))})), name)


@every
@pytest.mark.parametrize("dirt", ["\\x00", "\\ud83d", "\\x1b"])
def test_text_within_a_written_list_is_checked_too(client: Browser, key: Made, operation: Operation, dirt: str) -> None:
    if "filters" in operation.query.model_fields:
        for condition in OPERATORS:
            query = {f"filters[campaign_name][conditions][{condition}]": f"['a', '{dirt}']"}
            refused(ask(client, key, operation, query_string=query), "filters")


@every
def test_what_the_python_client_did_not_set_is_not_sent(client: Browser, key: Made, operation: Operation) -> None:
    sent = GOOD.get(operation.name, {})
    unset = [f"{name}=None" for name in asked_for(operation) if "[" in name and not re.search(r"\[.*\[", name)]
    if operation.changes and "query_string" in sent:
        unset = [one for one in unset if one.partition("[")[0] not in sent["query_string"]] + [
            "campaign[name]=Autumn%2015%20%25&customer[source_id]=c1&source_id=good",
            *(one for one in unset if one not in {"campaign[name]=None", "customer[source_id]=None"}),
        ]
    query = "&".join(unset)
    answer = ask(client, key, operation, **sent | {"query_string": query}, headers={"X-Voucherify-Channel": "Python-SDK"})
    assert answer.status_code == operation.status, answer.json


@every
def test_text_without_end_is_refused_by_name(client: Browser, key: Made, operation: Operation) -> None:
    for name in asked_for(operation):
        refused(ask(client, key, operation, query_string=f"{name}={LONG}"), re.sub(r"\[(\w+)\]", r".\1", name))
    for name in sent_with(operation):
        refused(ask(client, key, operation, json=within(name, LONG)), name)
    for name in re.findall(r"\{(\w+)\}", operation.path):
        refused(ask(client, key, operation, path_of(operation, **{name: LONG})), name)


@with_body
def test_values_of_the_wrong_type_are_refused_by_name(client: Browser, key: Made, operation: Operation) -> None:
    for name in sent_with(operation):
        refused(ask(client, key, operation, json=within(name, [[1]])), name.partition(".")[0])
        for value in (True, 1.5, -1, 10**30, "", None, [], {}, {"a": 1}, [None], "²"):
            ask(client, key, operation, json=within(name, value))


@every
@pytest.mark.parametrize(
    "value", ["²", "１０", "-1", "0", "1e3", "1.5", "10.0", "1_0", "+5", " 7", "1001", "99999999999999999999", "", "x"]
)
def test_a_limit_is_a_whole_number(client: Browser, key: Made, operation: Operation, value: str) -> None:
    for name in {"limit", "page"} & operation.query.model_fields.keys():
        refused(ask(client, key, operation, query_string={name: value}), f"{name} is a whole number")


@with_body
@pytest.mark.parametrize(
    "body",
    [
        b"[" * 9_000,
        b'{"a":' * 9_000 + b"1" + b"}" * 9_000,
        b'{"metadata":' * 70 + b"1" + b"}" * 70,
        b'{"metadata": {"a": NaN}}',
        b'{"metadata": {"a": -Infinity}}',
        b'{"metadata": {"a": 1e999}}',
        b'{"metadata": {"a": ' + b"9" * 5_000 + b"}}",
        b'{"metadata": {"a": 99999999999999999999}}',
        b"\xff\xfe",
        b"[]",
        b"nonsense",
        b'"text"',
    ],
    ids=lambda body: body[:24].decode(errors="replace"),
)
def test_bodies_that_are_no_json_object_are_refused(client: Browser, key: Made, operation: Operation, body: bytes) -> None:
    answer = ask(client, key, operation, data=body, content_type="application/json")
    assert (answer.status_code, answer.json["key"]) == (400, "invalid_payload")


@with_body
def test_a_body_that_is_nested_too_deeply_is_refused_by_the_name_of_its_field(client: Browser, key: Made, operation: Operation) -> None:
    deep = b'{"a": 1, "metadata": ' + b"[" * 64 + b"]" * 64 + b"}"
    for sent in ({"data": deep, "content_type": "application/json"}, {"data": {f"metadata{'[a]' * 64}": "1"}}):
        answer = ask(client, key, operation, **sent)
        assert (answer.status_code, answer.json["key"]) == (400, "invalid_payload")
        assert answer.json["details"].startswith("metadata is nested deeper than 64")


@with_body
def test_a_body_is_counted_while_it_is_read(client: Browser, key: Made, operation: Operation) -> None:
    size = operation.body_limit + 1
    whole = ask(client, key, operation, data=b" " * size, content_type="application/json")
    assert whole.status_code == 413
    for said in ({"HTTP_TRANSFER_ENCODING": "chunked"}, {"CONTENT_LENGTH": "2"}):
        stream = {"wsgi.input": io.BytesIO(b" " * size), "wsgi.input_terminated": True}
        answer = ask(client, key, operation, environ_overrides=stream | said, content_type="application/json")
        assert (answer.status_code, answer.json["key"]) == (413, "request_entity_too_large")


class Broken(io.BytesIO):
    """A body whose reading fails in a way that only the web server knows: a chunk that is none, a peer that hung up."""

    def __init__(self, why: Exception) -> None:
        super().__init__()
        self.why = why

    def read(self, *_: Any) -> bytes:
        raise self.why

    readinto = read


@with_body
@pytest.mark.parametrize(
    "why", [ValueError("a chunk that is none"), EOFError("the end"), OSError("reset")], ids=lambda why: type(why).__name__
)
def test_a_body_that_ends_before_its_end_is_refused(client: Browser, key: Made, operation: Operation, why: Exception) -> None:
    stream = {"wsgi.input": Broken(why), "wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"}
    answer = ask(client, key, operation, environ_overrides=stream, content_type="application/json")
    assert (answer.status_code, answer.json["key"]) == (400, "invalid_payload")


@with_body
@pytest.mark.parametrize("kind", ["text/xml", "text/html", "multipart/form-data", "application/octet-stream", "a" * 500, "ü"])
def test_other_contents_than_json_and_forms_are_refused(client: Browser, key: Made, operation: Operation, kind: str) -> None:
    answer = ask(client, key, operation, data=b"{}", content_type=kind)
    assert answer.status_code == 415
    zipped = ask(client, key, operation, data=b"{}", content_type="application/json", headers={"Content-Encoding": "gzip"})
    assert zipped.status_code == 415


@every
@pytest.mark.parametrize("method", ["PATCH", "TRACE", "OPTIONS", "BREW"])
def test_a_method_that_nobody_knows_is_told_which_there_are(client: Browser, key: Made, operation: Operation, method: str) -> None:
    answer = ask(client, key, operation, method=method)

    assert answer.status_code == 405
    assert operation.method in answer.headers["Allow"].split(", ")


@every
def test_head_changes_nothing(client: Browser, key: Made, operation: Operation) -> None:
    answer = ask(client, key, operation, method="HEAD", **GOOD.get(operation.name, {}))

    assert answer.data == b""
    reads = any(o.method == "GET" and not o.changes for o in OPERATIONS if o.path == operation.path)
    assert answer.status_code == (200 if reads else 405)
    assert ("HEAD" in answer.headers.get("Allow", "HEAD")) == reads


@with_key
def test_without_a_good_key_nothing_is_told_and_the_ways_to_send_one_are(client: Browser, key: Made, operation: Operation) -> None:
    for shown in (
        {},
        headers(key) | {"X-App-Token": "ü" * 20},
        headers(key) | {"X-App-Id": "ü"},
        {"Authorization": "Bearer ü"},
        {"Authorization": "Basic ü"},
        {"Authorization": "Basic " + base64.b64encode(b"\xff\0:\xff").decode()},
        {"Authorization": "Basic " + base64.b64encode("ü:ü\0".encode()).decode()},
        {"Authorization": "Digest x"},
        {"Authorization": ""},
    ):
        answer = ask(client, None, operation, headers=shown, **GOOD.get(operation.name, {}))
        assert (answer.status_code, answer.json["key"]) == (401, "unauthorized")
        assert [kind.split()[0] for kind in answer.headers.getlist("WWW-Authenticate")] == ["Bearer", "Basic"]


@with_key
def test_a_key_does_only_what_it_may(client: Browser, session: Session, operation: Operation) -> None:
    other = make(session, SYSTEM, "other", platform="x", verbs=[verb for verb in VERBS if verb != operation.verb])

    refused(ask(client, other, operation, **GOOD.get(operation.name, {})), f"not {operation.verb}", 403)


OF_ITS_OWN = {"list_vouchers": 3, "list_promotion_tiers": 0, "list_promotion_tiers_of_campaign": 0}
"""How much of its own a key of one campaign sees, where it is not one: all three codes, and no promotion."""


@of_campaigns
def test_a_key_of_one_campaign_sees_nothing_of_another(client: Browser, session: Session, dina: Customer, operation: Operation) -> None:
    only = a_campaign(session, "Only")
    code = publish(session, only.id, dina.id, "only").code
    bound = make(session, SYSTEM, "bound", platform="x", campaigns=[only.id])

    queries = ["", "status=ALL&limit=100", "order=id"] if operation.pull else ["", "limit=100", "campaign=Winter", "order=id"]
    for query in queries if not operation.changes else []:
        answer = ask(client, bound, operation, path_of(operation, campaignId="Only"), query_string=query)
        said = answer.text.replace(PATH["code"], "") if "{code}" in operation.path else answer.text  # what was asked for is repeated
        assert not re.search(r"AUT-\d|WIN-\d|Winter|Autumn", said)
        if "total" in (answer.json or {}):
            its_own = 0 if "Winter" in query else OF_ITS_OWN.get(operation.name, 1)
            assert answer.json["total"] == its_own
            assert (code in answer.text) == (its_own > 0)
    if operation.changes or "{campaignId}" in operation.path:
        good = GOOD.get(operation.name, {})
        other = path_of(operation, campaignId=PATH["campaignId"].replace("Autumn", "Nobody"))
        there = ask(client, bound, operation, **good)
        nowhere = ask(client, bound, operation, other, **json.loads(json.dumps(good).replace("Autumn", "Nobody")))
        refused(there, "bound to", 404)
        assert there.json["details"].replace("Autumn", "Nobody") == nowhere.json["details"]  # nothing tells whether it exists


@every
def test_an_id_may_hold_any_character(client: Browser, key: Made, operation: Operation) -> None:
    for name in re.findall(r"\{(\w+)\}", operation.path):
        for id in ("a/b", "100%", "a\nb", "a%2Fb", "😀", "..", "a?b", "ü", "a b", "/", "'", "%00"):
            answer = ask(client, key, operation, path_of(operation, **{name: quote(id, safe="")}))
            refused(answer, id, 404)
            assert "There is no such call" not in answer.json["details"]


@every
def test_query_parameters_that_nobody_knows_are_named(client: Browser, key: Made, operation: Operation) -> None:
    sent = GOOD.get(operation.name, {})
    query = f"{sent.get('query_string', '')}&nobody_knows=1".strip("&")

    answer = ask(client, key, operation, **sent | {"query_string": query})

    if operation.pull:
        assert (answer.status_code, answer.headers["Largesse-Ignored"]) == (200, "nobody_knows")
    else:
        refused(answer, "nobody_knows")
    for strict in ("handling=strict", 'respond-async, handling = "strict"; foo'):
        refused(ask(client, key, operation, **sent | {"query_string": query}, headers={"Prefer": strict}), "nobody_knows")


@every
def test_every_query_parameter_of_the_reference_is_known(client: Browser, key: Made, operation: Operation) -> None:
    for name in operation.reference.query if operation.reference else ():
        answer = ask(client, key, operation, query_string=f"{name}=")
        assert "There is no query parameter" not in (answer.json or {}).get("details", "")
        assert name not in answer.headers.get("Largesse-Ignored", "")


@with_body
def test_names_of_a_body_that_nobody_knows_are_left_out_and_listed(client: Browser, key: Made, operation: Operation) -> None:
    body = GOOD[operation.name]["json"] | {"nobody": {"x": 1}, "näme": 1}

    answer = ask(client, key, operation, json=body)
    strict = ask(client, key, operation, json=body, headers={"Prefer": "respond-async, handling=strict"})

    if operation.reference is None:
        refused(answer, "nobody")
    else:
        assert (answer.status_code, answer.headers["Largesse-Ignored"]) == (operation.status, "nobody, n%C3%A4me")
    refused(strict, "nobody")


@with_body
def test_every_name_of_the_reference_s_body_is_known(client: Browser, key: Made, operation: Operation) -> None:
    for name in operation.reference.body if operation.reference else ():
        sent = within(name, None)
        answer = ask(client, key, operation, json=[sent] if operation.listed else sent, headers={"Prefer": "handling=strict"})
        assert "There is no name" not in (answer.json or {}).get("details", "")


@every
def test_long_queries_are_answered_in_json(client: Browser, key: Made, operation: Operation) -> None:
    assert ask(client, key, operation, query_string=f"q={'x' * 200_000}").status_code in {200, 400}
    many = ask(client, key, operation, query_string="&".join(f"q{n}=1" for n in range(6_000)))
    assert (many.status_code, many.json["key"]) == (400, "query_too_large")


@every
@pytest.mark.parametrize("channel", ["", "Python-SDK"])
def test_names_in_names_without_end_are_refused_by_name(client: Browser, key: Made, operation: Operation, channel: str) -> None:
    asked = ask(client, key, operation, query_string=f"deep{'[a]' * 5_000}=1", headers={"X-Voucherify-Channel": channel})
    assert (asked.status_code, asked.json["key"]) == (400, "invalid_query_params")
    assert asked.json["details"].startswith("deep is nested deeper than 64")


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda o: o.name)
@given(data=st.data())
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_whatever_is_sent_is_answered_and_never_our_fault(client: Browser, key: Made, operation: Operation, data: Any) -> None:
    sent: dict[str, Any] = {"query_string": urlencode(data.draw(QUERIES), errors="surrogatepass")}
    if operation.body is not Nothing:
        sent |= {"data": json.dumps(data.draw(OBJECTS)), "content_type": "application/json"}
    id = quote(data.draw(WORDS) or "x", safe="", errors="surrogatepass")

    ask(client, key, operation, path_of(operation, **dict.fromkeys(re.findall(r"\{(\w+)\}", operation.path), id)), **sent)


def unbuilt() -> Iterator[reference.ReferenceOperation]:
    built = {(o.method, reference.shape(o.path)) for o in OPERATIONS}
    return (known for key, known in reference.operations().items() if key not in built)


def test_what_is_not_built_says_so_and_stands_in_no_document(client: Browser, key: Made) -> None:
    told = client.get("/v1/openapi.json").json["paths"]
    for known in unbuilt():
        path = re.sub(r"\{\w+\}", "x", known.path)
        answer = client.open(path, method=known.method, headers=headers(key))
        assert (answer.status_code, answer.json["key"]) == (501, "not_implemented"), known
        assert "not built yet" in answer.json["details"]
        assert known.method.lower() not in told.get(known.path, {})


@pytest.mark.parametrize(
    "path",
    [
        *("/v1", "/v1/", "/v1//", "/v1//publications", "/v1/publications/", "/v1/nothing", "/v1/%00", "/v1/%0A", "/v1/%ff"),
        *("/v1/publications%2Fcreate", "/v1/../publications", "/v1/a?q=" + "x" * 9_000),
        *("/client/v1/x", "/management/v1/x", "/management/v1"),
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "BREW"])
def test_other_paths_are_not_found_in_json(client: Browser, key: Made, path: str, method: str) -> None:
    answer = client.open(path, method=method, headers=headers(key))
    assert (answer.status_code, answer.json["key"], answer.mimetype) == (404, "not_found", "application/json")
