"""Settings of the audit and security log that a collector on another machine keeps."""

from pathlib import Path

from pydantic import BaseModel, Field


class SyslogSettings(BaseModel):
    """The collector of the city's log."""

    syslog: str = Field(
        "",
        pattern=r"^$|^unix:/\S+$|^(udp|tcp|tls)://(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+):\d{1,5}$",
        description="where audit and security log are sent to as JSON: tls://HOST:6514, tcp://HOST:601, "
        "udp://HOST:514 or unix:/dev/log; empty = nowhere",
    )
    syslog_authority_file: Path | None = Field(
        None,
        description="a file with the certificate of the authority that signed the collector's; empty = those "
        "of the machine",
    )
