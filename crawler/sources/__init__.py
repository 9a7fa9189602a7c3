"""The catalogue: which sources there are, as data. Scrapy is known only to `loader`."""

from crawler.sources.catalogue import Catalogue, load_catalogue
from crawler.sources.source import Endpoint, Source, Way

__all__ = ["Catalogue", "Endpoint", "Source", "Way", "load_catalogue"]
