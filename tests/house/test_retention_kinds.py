"""Every table that the house has belongs to a kind of retention, or has a reason to have none (P4.12)."""

import ops.jobs.schedule  # noqa: F401 - every room with its tables
import ops.run.preflight  # noqa: F401
from hotline.db import Base
from hotline.retention.assignments import TABLES, unassigned


def test_P4_12_a_table_belongs_to_a_kind_or_has_a_reason_to_have_none() -> None:
    """A new one gets its line in ``hotline/retention/assignments.py``; one that is no more loses it."""
    assert unassigned(Base.metadata.tables) == []
    assert TABLES.keys() - Base.metadata.tables.keys() == set()
