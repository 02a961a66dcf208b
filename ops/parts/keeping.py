"""Parts that keep what was said and written of citizens, and delete it in time (P4.12)."""

from functools import cached_property
from typing import TYPE_CHECKING

from hotline.retention.deletion_log import DeletionLog
from hotline.retention.kinds import Periods
from hotline.retention.masking import Eraser
from ops import limits
from ops.parts.base import BaseParts
from recordings.storage import Storages, storages
from recordings.vault import Folders

if TYPE_CHECKING:
    from administration.personal_data import PersonalData
    from recordings.archive import Archive


class KeepingParts(BaseParts):
    """Parts of whoever keeps or deletes."""

    @cached_property
    def eraser(self) -> Eraser:
        return Eraser(self.factory, DeletionLog(self.base.deletions, self.base.node))

    @property
    def periods(self) -> Periods:
        """How long each kind of what is kept of people is kept (P4.12)."""
        return limits.retention(self.settings)

    @cached_property
    def personal_data(self) -> "PersonalData":
        """Imported here: processes that answer calls do without libsndfile."""
        from administration.personal_data import PersonalData
        from administration.sound_retention import SoundRetention
        from hotline.outbox.senders import files_of

        sound = SoundRetention(self.factory, self.archive, self.eraser.log)
        return PersonalData(
            lambda: self.periods,
            lambda: self.settings.retention_case_minimum,
            self.eraser,
            sound,
            files_of(self.settings, self.keys),
        )

    @property
    def folders(self) -> Folders:
        return Folders(self.settings.recordings, self.settings.messages, self.settings.node)

    @cached_property
    def storages(self) -> Storages:
        return storages(self.settings)

    @cached_property
    def archive(self) -> "Archive":
        """Imported here: processes that answer calls do without libsndfile."""
        from recordings.archive import Archive

        return Archive(self.factory, self.keys, self.folders, self.storages)
