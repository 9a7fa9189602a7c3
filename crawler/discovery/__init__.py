"""What announces articles → links with hints. Pure: bytes in, `Found` out, never an exception, never a request."""

from crawler.discovery.find import find
from crawler.discovery.found import Child, Found, Link, Trouble

__all__ = ["Child", "Found", "Link", "Trouble", "find"]
