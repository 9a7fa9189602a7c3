"""The user's own keys for sources that need them; they come from the environment, as all secrets do."""

from __future__ import annotations

import os

from crawler.config import secret
from pipelines.errors import UserError

NAVER_ID, NAVER_SECRET = "SOSIK_NAVER_CLIENT_ID", "SOSIK_NAVER_CLIENT_SECRET"


def naver_headers() -> dict[str, str]:
    """What Naver's Search API wants to see. Raises UserError without a key."""
    client, key = secret(NAVER_ID, os.environ), secret(NAVER_SECRET, os.environ)
    if not (client and key):
        raise UserError(f"Naver's Search API needs your own key: set {NAVER_ID} and {NAVER_SECRET} (or …_FILE)")
    return {"X-Naver-Client-Id": client, "X-Naver-Client-Secret": key}
