"""The directory as files: CSV and XLSX read, compared with the rows, imported as a whole, and written."""
