"""The name under which refused sign-ins of telephones stand in the audit log."""

from typing import Final

FAILED: Final = "phone.sign-in-failed"
"""The action under which they stand in the audit log."""
