"""The files of a database, searched for bytes: those of SQLite, or of a PostgreSQL of this machine."""

from pathlib import Path

from sqlalchemy import Engine


def files_of(database: Engine, needle: bytes) -> list[str]:
    """Files in which these bytes stand, once all that is committed has been brought there."""
    if database.dialect.name == "sqlite":
        file = Path(str(database.url.database))
        places = [file, *file.parent.glob(f"{file.name}-*")]
    else:
        with database.connect() as connection:
            connection.exec_driver_sql("CHECKPOINT")
            name = "SELECT oid FROM pg_database WHERE datname = current_database()"
            folder = Path(str(connection.exec_driver_sql("SHOW data_directory").scalar())) / "base"
            places = list((folder / str(connection.exec_driver_sql(name).scalar())).iterdir())
    return sorted(one.name for one in places if one.is_file() and needle in one.read_bytes())
