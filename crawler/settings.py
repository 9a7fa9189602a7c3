"""Scrapy's settings: the only place where components are wired. What a user may change comes from sosik.toml (crawler/addon.py).

Figures named here were measured before the project began.
"""

BOT_NAME = "sosik"
SPIDER_LOADER_CLASS = "crawler.spiders.loader.SourceSpiderLoader"  # every source of the catalogue is a spider
ADDONS = {"crawler.addon.Configured": 100}  # sosik.toml → settings

# ---- nothing listens, nothing leaks
TELNETCONSOLE_ENABLED = False  # opens a port that runs Python
REMOTE_CONTROL_ENABLED = False  # new in Scrapy 2.19: another one
COOKIES_ENABLED = False  # we have no business in anyone's session
REFERRER_POLICY = "same-origin"  # a page's address is not told to other hosts
DOWNLOAD_VERIFY_CERTIFICATES = True  # Scrapy's default is not to look
DEFAULT_REQUEST_HEADERS = {  # Scrapy's ask for English
    "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    "Accept-Language": "ko,en;q=0.5",
}
METAREFRESH_ENABLED = False  # a redirect that no policy has seen
DOWNLOAD_HANDLERS: dict[str, str | None] = {
    "http": "crawler.fetch.transport.Transport",  # the one way out: policy, robots, pace and caps for every request and hop
    "https": "crawler.fetch.transport.Transport",
    "file": None,  # a link to file:///etc/passwd is followed by Scrapy alone
    "data": None,
    "ftp": None,
    "s3": None,
}
COMPRESSION_ENABLED = False  # crawler.fetch.encodings: a cap while unpacking, and half a stream is no page
HTTPPROXY_ENABLED = False  # a proxy from the environment would connect where our address policy cannot look
HTTPERROR_ALLOW_ALL = True  # every status becomes an outcome; the spider decides

# ---- pace and order: crawler.fetch holds them across processes; these only keep Scrapy from racing itself
CONCURRENT_REQUESTS = 64  # many slow hosts do not delay the others
SCHEDULER_MEMORY_QUEUE = "scrapy.squeues.FifoMemoryQueue"  # in the order asked: Scrapy's own is last in, first out
SCHEDULER_PRIORITY_QUEUE = "crawler.fetch.fair_queue.FairQueue"  # and no host's backlog takes all of these places
REACTOR_THREADPOOL_MAXSIZE = 20  # name look-ups wait in threads; twenty dead name servers do not stop the others
CONCURRENT_REQUESTS_PER_DOMAIN = 1
DOWNLOAD_DELAY = 0  # crawler.fetch.pace waits, in SQLite's time
CONCURRENT_ITEMS = 1  # Scrapy's default of 100 tasks a response costs a third of its speed
RETRY_ENABLED = False  # tries are rows with a time, not loops
ROBOTSTXT_OBEY = False  # crawler.fetch.robots does, by RFC 9309
AUTOTHROTTLE_ENABLED = False
DEPTH_LIMIT = 0  # spiders do not follow links out of articles; discovery has its own budgets
DUPEFILTER_CLASS = "scrapy.dupefilters.BaseDupeFilter"  # the frontier in SQLite decides what is known

DOWNLOADER_MIDDLEWARES: dict[str, int | None] = {
    "scrapy.downloadermiddlewares.redirect.RedirectMiddleware": None,
    "crawler.fetch.redirects.Redirects": 600,  # at its place: a reason for each hop not taken, nothing private carried along
    "scrapy.downloadermiddlewares.httpauth.HttpAuthMiddleware": None,  # we send no credentials
    "scrapy.downloadermiddlewares.downloadtimeout.DownloadTimeoutMiddleware": None,  # the transport's deadline is for all
}
SPIDER_MIDDLEWARES: dict[str, int | None] = {
    "scrapy.spidermiddlewares.urllength.UrlLengthMiddleware": None,  # drops silently; the guard refuses with a reason
}
EXTENSIONS: dict[str, int | None] = {
    "crawler.crawl_context.ClosedWithTheCrawl": 0,  # for `scrapy crawl`, which brings no context of its own
    "crawler.breakage.Breakages": 1,  # what sosik itself failed on is recorded, and makes the command fail
}
ITEM_PIPELINES = {
    "pipelines.stages.Read": 100,  # Page → Reading
    "pipelines.stages.Record": 200,  # Reading → Receipt
}

LOG_LEVEL = "INFO"
LOG_FORMAT = "%(asctime)s %(levelname)s %(name)s %(message)s"
STATS_DUMP = False  # one line per crawl instead
