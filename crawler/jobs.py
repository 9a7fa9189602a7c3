"""The daemon's jobs: one that fails is due again. The log says once why, `sosik status` and the metrics as long as it does."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field

from pipelines import clock
from pipelines.errors import DiskFull, SosikError, StoreBusy
from pipelines.store.beats import beat, job_beat
from pipelines.store.database import Store

logger = logging.getLogger(__name__)

Job = Callable[[], Awaitable[None]]
WHY_LETTERS = 300  # of a failure, kept for `sosik status`


@dataclass(frozen=True, slots=True, kw_only=True)
class Jobs:
    """Outlives whatever its jobs raise."""

    store: Store
    failing: dict[str, str] = field(default_factory=dict)  # name → why, as it stands in the database

    def guarded(self, name: str, job: Job) -> Job:
        async def run() -> None:
            try:
                await job()
            except asyncio.CancelledError:  # the scheduler's way to end; its own handler would log it as an error
                logger.debug("job=%s cancelled", name)
            except (StoreBusy, DiskFull) as error:
                logger.warning("job=%s later=%s", name, error)
            except SosikError as error:
                if self._is_news(name, str(error)):
                    logger.error("job=%s failed: %s", name, error)
            except Exception as error:  # the one place where the daemon outlives anything; the trace is logged
                if self._is_news(name, f"{type(error).__name__}: {error}"):
                    logger.exception("job=%s failed", name)
            else:
                self._succeeded(name)

        run.__name__ = name
        return run

    def _is_news(self, name: str, why: str) -> bool:
        """Whether it did not fail for this reason the last time; then the reason is remembered."""
        why = " ".join(why.split())[:WHY_LETTERS]
        if self.failing.get(name) == why:
            return False
        self._remember(name, why)
        return True

    def _succeeded(self, name: str) -> None:
        if name in self.failing:
            logger.info("job=%s works again", name)
            self._remember(name, "")

    def _remember(self, name: str, why: str) -> None:
        with suppress(SosikError):  # the log has it, and has it again next time
            beat(self.store, job_beat(name), why, clock.now())
            if why:
                self.failing[name] = why
            else:
                del self.failing[name]
