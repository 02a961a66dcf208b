"""Texts that people read: the sentence of each error and the name of each term, in Traditional Chinese and
English.

One catalogue by gettext serves pages, API and command line; the rooms below raise facts and know no sentence.
``translations`` holds it as text, compiled at set-up. Never enters: a rule, a page, a command to type.
"""

from wording.catalogue import CHINESE as CHINESE
from wording.catalogue import ENGLISH as ENGLISH
from wording.catalogue import column as column
from wording.catalogue import day as day
from wording.catalogue import fact as fact
from wording.catalogue import length as length
from wording.catalogue import listed as listed
from wording.catalogue import moment as moment
from wording.catalogue import name as name
from wording.catalogue import sentence as sentence
from wording.catalogue import term as term
