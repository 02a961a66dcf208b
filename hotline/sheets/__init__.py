"""The form of the directory's rows, whichever way they come: columns, cells, headings, and what is wrong with them."""
