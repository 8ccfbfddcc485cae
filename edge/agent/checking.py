"""The local check: the checker in use, replaced while the agent runs."""

import logging

from vision import Checker, PhotoError, PpeError, Report, Shot
from vision.findings import Finding, Verdict

log = logging.getLogger(__name__)


class LocalCheck:
    """Checks photos with whichever network and policy are in use."""

    def __init__(self, checker: Checker) -> None:
        self.checker = checker
        """Assigned to by whoever fetched a newer pair; a check that runs keeps the old one."""

    def __call__(self, data: bytes, shot: Shot) -> Report | None:
        """Check a photo.

        Returns:
            The report; None if the photo is sound but the local policy knows no such shot, or the
            network fails: then the service alone answers.

        Raises:
            PhotoError: the photo cannot be used, here or at the service.
        """
        try:
            return self.checker.check(data, shot)
        except PhotoError:
            raise
        except PpeError as error:
            log.warning("not checked here: %s  %s", error.code, error.message)
            return None


def wrong(report: Report) -> list[Finding]:
    """What keeps the photo from passing."""
    return [
        finding
        for finding in report.findings
        if finding.verdict in (Verdict.FAIL, Verdict.UNSURE) and not finding.advisory
    ]
