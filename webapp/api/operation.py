"""What is an operation of the API? One decorated function, with models for its query, its body and its answer.

Everything else comes from the table: routes, the check of the key, reading and validation, errors, OpenAPI, the compatibility page.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from pydantic import BaseModel

from domain.tables.workspace import VERBS
from domain.workspace.api_keys.authorize import Caller
from webapp.api import reference

Q = TypeVar("Q", bound=BaseModel)
B = TypeVar("B", bound=BaseModel)
A = TypeVar("A", bound=BaseModel)
BODY_LIMIT = 64 * 1024


class Nothing(BaseModel):
    """A query, a body or an answer that holds nothing."""


@dataclass(frozen=True)
class ApiCall(Generic[Q, B]):
    """What an operation is given: who calls, and what was sent, checked. Names in `path` are those of the operation's path."""

    caller: Caller
    path: Mapping[str, str]
    query: Q
    body: B


@dataclass(frozen=True)
class Operation:
    """One row of the table."""

    method: str
    path: str
    """As OpenAPI writes it: `/v1/customers/{customerId}/redeemables`."""
    verb: str | None
    """What a key must be allowed to do; None: anybody may ask, without a key."""
    query: type[BaseModel]
    body: type[BaseModel]
    answers: type[BaseModel]
    run: Callable[[ApiCall[Any, Any]], BaseModel]
    pull: bool
    """Platforms ask it at send time: a query parameter nobody knows is passed over instead of refused."""
    changes: bool
    """Whether it changes anything; a GET that does is not asked by HEAD."""
    body_limit: int
    accepted: bool
    """A good answer is 202: what was asked goes on under an id that the answer names."""
    listed: str
    """The body is a JSON array, which stands under this name in the model; empty: it is an object."""

    @property
    def name(self) -> str:
        """Its name in OpenAPI."""
        return self.run.__name__

    @property
    def status(self) -> int:
        """The status of a good answer: 204 where there is nothing to say."""
        return 204 if self.answers is Nothing else 202 if self.accepted else 200

    @property
    def reference(self) -> reference.ReferenceOperation | None:
        """The same operation of the reference; None for our own."""
        return reference.operations().get((self.method, reference.shape(self.path)))

    @property
    def methods(self) -> tuple[str, ...]:
        """The methods it answers."""
        return (self.method, "HEAD") if self.method == "GET" and not self.changes else (self.method,)


OPERATIONS: list[Operation] = []
"""All of them, as they were found."""


def operation(
    method: str,
    path: str,
    *,
    verb: str | None,
    query: type[Q],
    body: type[B],
    answers: type[A],
    pull: bool = False,
    changes: bool | None = None,
    body_limit: int = BODY_LIMIT,
    accepted: bool = False,
    listed: str = "",
) -> Callable[[Callable[[ApiCall[Q, B]], A]], Callable[[ApiCall[Q, B]], A]]:
    """Put the function into the table. `changes` is true of every method but GET unless it is said; `body_limit` is in bytes."""
    assert verb is None or verb in VERBS, verb

    def add(run: Callable[[ApiCall[Q, B]], A]) -> Callable[[ApiCall[Q, B]], A]:
        changing = method != "GET" if changes is None else changes
        OPERATIONS.append(Operation(method, path, verb, query, body, answers, run, pull, changing, body_limit, accepted, listed))
        return run

    return add
