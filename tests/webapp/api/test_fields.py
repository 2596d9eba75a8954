"""What programs may write where a model asks for a number."""

import pytest

from webapp.api.door import checks
from webapp.api.door.errors import Refusal
from webapp.api.fields import ApiInput, Number


class Measured(ApiInput):
    """Something with a size."""

    size: Number = None


@pytest.mark.parametrize(("sent", "read"), [(42, 42), (38.5, 38.5), ("38.5", 38.5), (0, 0), ("", None), (None, None)])
def test_a_number_may_be_written_as_text_and_an_empty_one_is_none(sent: object, read: float | None) -> None:
    assert checks.read(Measured, {"size": sent}, "body").size == read


@pytest.mark.parametrize("sent", [True, "wide", [1], {"a": 1}])
def test_what_is_no_number_is_refused_by_name(sent: object) -> None:
    with pytest.raises(Refusal) as refused:
        checks.read(Measured, {"size": sent}, "body")

    assert refused.value.details == "size is a number."
