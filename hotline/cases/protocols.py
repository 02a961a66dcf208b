"""What cases know of categories and places."""

from hotline.categories.proposals import Categories as Categories
from hotline.categories.rules import Category as Category
from hotline.places import Place as Place
