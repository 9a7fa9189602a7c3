"""An offline newsroom: news sites on loopback that tests crawl and the demo shows."""

from tests.newsroom.server import Newsroom, Request

__all__ = ["Newsroom", "Request"]
