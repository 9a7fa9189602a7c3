"""The two files a user of the newsroom's sites would write: sources.toml and sosik.toml."""

from __future__ import annotations

from tests.newsroom.site import table

SOURCES = """\
# The sources of the offline newsroom. Yours would look the same, with real addresses.
"""

SOURCE = """
[[source]]
name = "{source}"
title = "{press}"
hosts = ["{host}"]
{way} = ["http://{host}:{port}{endpoint}"]
"""

CONFIG = """\
# sosik's settings for the offline newsroom. Every key there is: sosik.example.toml
[sosik]
language = "{language}"
data_dir = "."
sources_file = "sources.toml"
shipped_sources = false          # only the newsroom: nothing leaves this machine

[fetch]
delay_s = {delay_s}                   # our own server on this machine; the default is 2 seconds
allow_networks = ["127.0.0.0/8"] # sosik refuses this machine's own addresses unless told otherwise
allow_ports = [80, 443, {port}]

[alerts]
first_crawl = "tell"             # the default only stores what a new source already holds
old_days = 0                     # the newsroom's articles are of 2025; the default tells only of the last days
"""

MAIL = """
[mail]
to = ["analyst@example.org"]
server = "127.0.0.1"
port = {mail_port}
security = "none"                # a server on this machine; the default is TLS
"""


def sources_toml(port: int) -> str:
    blocks = (
        SOURCE.format(source=site.source, press=site.press, host=site.host, way=site.way, endpoint=site.endpoint, port=port)
        + (f"articles = ['{site.articles}']\n" if site.articles else "")
        for site in table().host
    )
    return SOURCES + "".join(blocks)


def config_toml(port: int, *, mail_port: int = 0, language: str = "ko", delay_s: float = 0.05) -> str:
    """Without a mail port mails stay files in the folder `outbox`, as for a user who has not set up mail."""
    config = CONFIG.format(port=port, language=language, delay_s=delay_s)
    return config + MAIL.format(mail_port=mail_port) if mail_port else config
