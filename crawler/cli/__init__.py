"""The `sosik` command: one file per verb or noun. Scrapy and the database are imported inside the commands that need them."""
