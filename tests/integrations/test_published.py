"""The judge of requests sees what it should: a field that a document does not know, and one of the wrong type."""

from typing import Any

import pytest

from tests.integrations import published

USER = {"email": "dina@example.com", "dataFields": {"voucher_code": "A"}}


@pytest.mark.parametrize(
    ("body", "fits"),
    [
        ({"users": [USER]}, True),
        ({"users": [USER], "createNewFields": True}, True),
        ({"users": [USER | {"phone": "+447700900001"}]}, False),
        ({"users": [USER], "merge": True}, False),
        ({"users": [USER | {"preferUserId": "yes"}]}, False),
        ({}, False),
    ],
)
def test_a_field_that_a_document_does_not_know_is_a_mistake(body: Any, fits: bool) -> None:
    judge = published.judge("iterable/api-docs.json", "/api/users/bulkUpdate", closed=True)

    assert judge.is_valid(body) is fits
