"""What is done for each kind of long job? Imported when a job of the kind is first found, so that an idle worker stays small."""

import importlib

from domain.journal.jobs import JobKind

KINDS: dict[str, str] = {
    "import_customers": "domain.customers.imports.run",
    "check_customers": "domain.customers.imports.run",
    "import_order_file": "domain.shop.imports.run",
    "check_order_file": "domain.shop.imports.run",
    "change_metadata": "domain.customers.own_fields.run",
    "generate_codes": "domain.incentives.codes.generate",
    "export_codes": "domain.incentives.pool_files.write",
    "import_codes": "domain.incentives.codes.import_codes",
    "import_used_codes": "domain.incentives.ledger.record_uses",
    "sync_segment": "domain.customers.membership.sync",
}
"""Kind of a job -> module with its `step` and, where its own row has to know, its `failed`."""


def job_kind(kind: str) -> JobKind:
    """What is done for this kind. Raises KeyError where there is none."""
    module = importlib.import_module(KINDS[kind])
    return JobKind(module.step, getattr(module, "failed", None))
