"""What is wrong with files of the directory, in the words of the pages: where, what, and what to do."""

from hotline.sheets.faults import SheetFault
from hotline.sheets.headings import FILES, column_of
from web.console.record_links import column_name


def file_name(fault: SheetFault) -> str:
    """The file or worksheet of a fault, as people call it."""
    return FILES.get(fault.file.removesuffix(".csv"), fault.file)


def column(fault: SheetFault) -> str:
    """Its column as the file calls it, or as people do."""
    return column_name(column_of(fault.column)) if fault.column else ""
