"""The tables of this package: imported where all must be known, by migrations and by undo."""

import hotline.accounts.store  # noqa: F401
import hotline.allowances  # noqa: F401
import hotline.bulletins  # noqa: F401
import hotline.callbacks.store  # noqa: F401
import hotline.cases.store  # noqa: F401
import hotline.categories.store  # noqa: F401
import hotline.closures  # noqa: F401
import hotline.directory.store  # noqa: F401
import hotline.exchange.store  # noqa: F401
import hotline.keys.resealing  # noqa: F401
import hotline.keys.store  # noqa: F401
import hotline.knowledge.store  # noqa: F401
import hotline.ledger.revisions  # noqa: F401
import hotline.ledger.store  # noqa: F401
import hotline.legal_holds  # noqa: F401
import hotline.news.store  # noqa: F401
import hotline.outages  # noqa: F401
import hotline.outbound_calls.store  # noqa: F401
import hotline.outbox.store  # noqa: F401
import hotline.retention.store  # noqa: F401
import hotline.runtime_settings.store  # noqa: F401
import hotline.special_callers.store  # noqa: F401
import hotline.staff.store  # noqa: F401
import hotline.tickets.store  # noqa: F401
import hotline.video.store  # noqa: F401
