"""Machine that does work under a lease, in its own process: ``python -m tests.lease_worker URL NAME FAST``.

Each piece is read, thought over and written down in one transaction: the next minute that nobody has done
yet. Its clock goes FAST times as fast as time.
"""

import os
import random
import sys
import time
from datetime import timedelta
from functools import partial

from sqlalchemy import func, select

from hotline import outages
from hotline.cluster.leases import BEAT, ClusterLease
from hotline.db import Sessions, connect, sessions, transaction
from hotline.outages import Outage, OutagePart
from ops.jobs.schedule import keep, while_held
from ops.jobs.scheduler import Job, Scheduler
from tests.conftest import WAIT
from tests.promises import TEN


def work(guarded: Sessions, name: str) -> None:
    """Do the next piece; between reading and writing it may be killed or halted at any point."""
    with transaction(guarded) as session:
        done = session.scalar(select(func.count()).select_from(Outage)) or 0
        time.sleep(random.random() * 0.01)
        outages.begin(session, name, OutagePart.PAGES, TEN + timedelta(minutes=done))
        session.flush()
        time.sleep(random.random() * 0.01)


def main(url: str, name: str, fast: str) -> None:
    """Work until it is killed."""
    engine = connect(url, wait=WAIT)
    lease = ClusterLease(sessions(engine), "work", name, lambda: time.monotonic() * float(fast))
    guarded = sessions(engine)
    lease.guard(guarded)
    once = partial(while_held, lease, partial(work, guarded, name))
    beat = timedelta(seconds=BEAT / float(fast))
    Scheduler((Job("lease", "", beat, partial(keep, lease)), Job("work", "", beat / 4, once))).start()
    os.write(1, b"ready\n")
    while True:
        time.sleep(60)


if __name__ == "__main__":
    main(*sys.argv[1:])
