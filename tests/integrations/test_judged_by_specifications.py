"""Every request of these adapters is one that the platform's own OpenAPI document describes, without a field that it does not know."""

import json
import re

import pytest

from integrations import catalogue
from tests.integrations import recordings
from tests.integrations.family import HTTP, batch
from tests.integrations.replies import Seen
from tests.integrations.specifications import validator

INTERCOM = "intercom/api.intercom.io-2.16.yaml"
MOENGAGE = "moengage/moengage-data-openapi.yml"
AIRSHIP = "airship/go-spec.json"
ONE_OF_THEM = {"/api/named_users/{named_user_id}/attributes"}
"""Where the document describes a list, and its own example and words are one of its items."""
SPECIFIED = {
    "airship": {
        ("POST", r"/api/custom-events"): (AIRSHIP, "/api/custom-events"),
        ("POST", r"/api/named_users/[^/]+/attributes"): (AIRSHIP, "/api/named_users/{named_user_id}/attributes"),
        ("POST", r"/api/create-and-send"): (AIRSHIP, "/api/create-and-send"),
        ("POST", r"/api/channels/email/suppress"): (AIRSHIP, "/api/channels/email/suppress"),
    },
    "intercom": {
        ("POST", r"/events"): (INTERCOM, "/events"),
        ("POST", r"/contacts/search"): (INTERCOM, "/contacts/search"),
        ("POST", r"/contacts"): (INTERCOM, "/contacts"),
        ("PUT", r"/contacts/\w+"): (INTERCOM, "/contacts/{contact_id}"),
        ("POST", r"/data_attributes"): (INTERCOM, "/data_attributes"),
    },
    "moengage": {
        ("POST", r"/v1/transition/\w+"): (MOENGAGE, "/transition/{Workspace_ID}"),
        ("POST", r"/v1/customer/\w+"): (MOENGAGE, "/customer/{app_id}"),
        ("POST", r"/v1/integrations/authentication"): (MOENGAGE, "/integrations/authentication"),
        ("POST", r"/v1.0/alerts/send"): ("moengage/moengage-inform-openapi.yml", "/alerts/send"),
    },
}
"""Provider -> method and path that are asked -> document and its path."""


def asked(key: str) -> list[Seen]:
    """All that is asked when everything is done once with each choice of settings: sending, looking, making what is missing, telling."""
    provider, module = catalogue.provider(key), recordings.of(key)
    with recordings.rehearse(key, "success") as rehearsal:
        for more in ({}, *getattr(module, "MORE_SETTINGS", ())):
            settings = rehearsal.settings | more
            for mode in provider.modes:
                for count in (1, 3):
                    list(mode.send(HTTP, settings, batch(provider, mode, count, 0)))
            if provider.prerequisites:
                provider.prerequisites(HTTP, settings, ("voucher_code", "balance"))
            provider.check(HTTP, settings, 1_700_000_000)
        if provider.tell_opt_out:
            provider.tell_opt_out(HTTP, rehearsal.settings | getattr(module, "TELLS_WITH", {}), "dina@example.com")
    assert rehearsal.peer is not None
    return rehearsal.peer.seen


@pytest.mark.parametrize("key", sorted(SPECIFIED))
def test_every_request_is_one_the_platform_describes(key: str) -> None:
    judged = set()
    for seen in asked(key):
        for (method, path), where in SPECIFIED[key].items():
            if seen.method == method and re.fullmatch(path, seen.path.partition("?")[0]):
                mistakes = [
                    f"{error.json_path}: {error.message}"
                    for error in validator(*where, method.lower()).iter_errors(
                        [json.loads(seen.body)] if where[1] in ONE_OF_THEM else json.loads(seen.body)
                    )
                ]
                assert mistakes == [], f"{method} {seen.path} {seen.body.decode()}"
                judged.add((method, path))

    assert judged == set(SPECIFIED[key])


@pytest.mark.parametrize("key", sorted(SPECIFIED))
def test_a_field_that_the_document_does_not_know_is_found(key: str) -> None:
    (_, path), where = next(iter(SPECIFIED[key].items()))
    body = next(json.loads(seen.body) for seen in asked(key) if re.fullmatch(path, seen.path) and seen.body)
    one = body[0] if isinstance(body, list) else body

    one["largesse_made_this_up"] = "x"

    assert list(validator(*where).iter_errors(body)) != []
