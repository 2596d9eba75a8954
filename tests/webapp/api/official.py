"""The official Python client, its calls answered by the application of a test: it reads every answer with its own models."""

from dataclasses import dataclass
from typing import Any, cast

import voucherify
from werkzeug.test import TestResponse

from domain.workspace.api_keys.create import Made
from tests.webapp.conftest import Browser


@dataclass
class _Answer:
    """What the client reads of an answer, as urllib3 tells it."""

    told: TestResponse
    data: bytes | None = None

    @property
    def status(self) -> int:
        return self.told.status_code

    @property
    def reason(self) -> str:
        return self.told.status

    @property
    def headers(self) -> Any:
        return dict(self.told.headers)


class _Wire:
    """Stands where the client has urllib3."""

    def __init__(self, browser: Browser) -> None:
        self.browser = browser

    def request(self, method: str, url: str, body: Any = None, fields: Any = None, headers: Any = None, **_: Any) -> _Answer:
        told = self.browser.open(url.removeprefix("http://shop"), method=method, data=body, headers=headers)
        return _Answer(told, told.data)


def client(browser: Browser, made: Made) -> Any:
    """The client of this key."""
    api = voucherify.ApiClient(voucherify.Configuration(host="http://shop"))
    api.default_headers |= {"X-App-Id": made.key.app_id, "X-App-Token": made.token}
    cast(Any, api.rest_client).pool_manager = _Wire(browser)
    return api
