"""Classic AGI: one Python process a call, with the same libraries and one row written. For comparison only.

``python -m tools.bench.classic_agi FILE`` speaks AGI on standard input and output.
"""

import sys

from asterisk.agi import AGI
from sqlalchemy import Column, Integer, MetaData, String, Table, create_engine


class Null:
    """pyst2 tells everything to standard error; nobody reads it."""

    def write(self, text: str) -> None:
        pass


def main() -> None:
    """One call."""
    agi = AGI(sys.stdin, sys.stdout, Null())
    metadata = MetaData()
    rows = Table("call", metadata, Column("id", Integer, primary_key=True), Column("caller", String))
    engine = create_engine(f"sqlite:///{sys.argv[1]}")
    metadata.create_all(engine)
    with engine.begin() as connection:
        connection.execute(rows.insert().values(caller=agi.env["agi_callerid"]))
    agi.set_variable("IVR_TURN", "ask")


if __name__ == "__main__":
    main()
