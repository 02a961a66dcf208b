"""Places of New Taipei City as citizens say them: addresses, crossings, landmarks, kilometres of a highway,
points of a map. Pure.

Each is brought to one key, however it was written, so that two reports of one place are known as such. Never
enters: a map service, a database, and whose matter a place is.
"""

from hotline.places.boundary import Point as Point
from hotline.places.boundary import in_city as in_city
from hotline.places.districts import DISTRICTS as DISTRICTS
from hotline.places.place import NEAR as NEAR
from hotline.places.place import OutsideTheCity as OutsideTheCity
from hotline.places.place import Place as Place
from hotline.places.place import PlaceKind as PlaceKind
from hotline.places.place import UnfitPlace as UnfitPlace
from hotline.places.place import box as box
from hotline.places.place import metres as metres
from hotline.places.place import parsed as parsed
from hotline.places.place import same as same
