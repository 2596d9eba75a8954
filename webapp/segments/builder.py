"""The builder of conditions: a part of a form that any page can include, with JavaScript or without.

A view makes a `Builder` from the form or from a condition, hands it to the template as `builder`, and includes `segments/_builder.html`.
Without JavaScript its buttons send the page's own form: `if builder.pressed: show the page again`. With htmx they ask `segments.rules`.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field

from flask import url_for
from sqlalchemy.orm import Session

from domain import conditions
from domain.conditions import Condition, Fact, Facts
from domain.conditions.operators import Operator, operator, operators
from domain.customers.segments import check
from domain.kernel.errors import Refused
from webapp.segments import condition_form
from webapp.segments.condition_form import Node


@dataclass
class Builder:
    """A condition as it stands in the form. `form_id` is the form around it, `prefix` begins the names of its fields."""

    facts: Facts
    root: Node
    prefix: str = "rules"
    form_id: str = "segment-form"
    pressed: str = ""
    """The button of the builder that sent the form: `add:0`, `group:`, `remove:0.1`, `refresh`, `others:cust_…`; empty: another button."""
    wrong: str = field(default="")
    """What is wrong with the whole."""

    @classmethod
    def of(cls, facts: Facts, condition: Condition | None = None, **more: str) -> "Builder":
        """Filled with a saved condition, or ready for the first one."""
        root = condition_form.from_condition(condition, facts) if condition else condition_form.empty()
        return cls(facts, root, **more)

    @classmethod
    def sent(cls, facts: Facts, form: Mapping[str, str], prefix: str = "rules", form_id: str = "segment-form") -> "Builder":
        """As it was sent, with what its own buttons ask for done."""
        builder = cls(facts, condition_form.from_form(form, prefix), prefix, form_id)
        word, _, rest = form.get("do", "").partition(":")
        if word == prefix:
            builder.pressed = rest
            builder._do(*rest.partition(":")[::2])
        builder._fill_in()
        return builder

    def _do(self, verb: str, path: str) -> None:
        found = next((node for node in self.root.all() if node.path == path), None)
        if found is None:
            return
        if verb == "add" and found.join:
            found.children.append(Node("", fresh=True))
        elif verb == "group" and found.join:
            found.children.append(Node("", "any" if found.join == "all" else "all", [Node("", fresh=True)]))
        elif verb == "remove" and path:
            parent = next(node for node in self.root.all() if found in node.children)
            parent.children.remove(found)
        self.root.renumbered()

    def _fill_in(self) -> None:
        """A fact that was changed gets a comparison that fits it."""
        for node in self.root.all():
            fact = self.facts.get(node.fact)
            if not node.join and fact is not None and operator(fact, node.how) is None:
                node.how = operators(fact)[0].key

    def condition(self) -> Condition:
        """What it means, unchecked."""
        return condition_form.to_condition(self.root, self.facts, {})

    def checked(self, session: Session, own_id: uuid.UUID | None = None) -> Condition | None:
        """The condition as it is saved; None where something is wrong, which then stands beside its leaf."""
        where: dict[str, str] = {}
        condition = condition_form.to_condition(self.root, self.facts, where)
        found = check.mistakes(session, condition, self.facts, own_id)
        by_path = {node.path: node for node in self.root.all()}
        for wrong in found:
            if wrong.path:
                by_path[where[wrong.path]].wrong = wrong.text
            else:
                self.wrong = wrong.text
        return None if found else conditions.saved(condition, self.facts)

    def forgive(self) -> None:
        """Say nothing about mistakes: the form is still being filled in."""
        self.wrong = ""
        for node in self.root.all():
            node.wrong = ""

    def show_mistakes(self, refused: Refused) -> None:
        """Put a refusal about the condition where it belongs."""
        for key, text in refused.mistakes.items():
            if key.partition(".")[0] == "rules":
                self.wrong = text

    @property
    def mistakes(self) -> list[tuple[str, str]]:
        """Element and sentence of each mistake, for a summary."""
        found = [(f"{self.prefix}-{node.id}", node.wrong) for node in self.root.all() if node.wrong]
        return ([(self.prefix, self.wrong)] if self.wrong else []) + found

    @property
    def rules_url(self) -> str:
        """Where htmx gets the builder drawn anew."""
        return url_for("segments.rules", prefix=self.prefix, form=self.form_id)

    @property
    def groups(self) -> list[tuple[str, list[Fact]]]:
        """The facts to choose from, by group."""
        found: dict[str, list[Fact]] = {}
        for fact in self.facts.values():
            found.setdefault(fact.group, []).append(fact)
        return list(found.items())

    def fact(self, node: Node) -> Fact | None:
        """What a leaf is about."""
        return self.facts.get(node.fact)

    def comparisons(self, node: Node) -> tuple[Operator, ...]:
        """How it can be compared."""
        fact = self.facts.get(node.fact)
        return operators(fact) if fact else ()

    def takes(self, node: Node) -> str:
        """What its value is: `nothing`, `one`, `many`, `two`, `days`, `some`."""
        fact = self.facts.get(node.fact)
        found = operator(fact, node.how) if fact else None
        return found.takes if found else "nothing"

    def includes_unknown(self, node: Node) -> bool:
        """Whether a comparison is a negation, which those who have no value fulfil, too."""
        fact = self.facts.get(node.fact)
        found = operator(fact, node.how) if fact else None
        return found is not None and found.negated and found.takes in {"one", "many"}

    def said(self, node: Node) -> str:
        """A leaf in words, for its group's label."""
        fact = self.facts.get(node.fact)
        return fact.label if fact else "A condition to fill in"
