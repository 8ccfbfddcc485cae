"""Prometheus figures of one process."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from api.pool import WorkPool
from vision import Manifest, Report

_STAGES = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5)


class Metrics:
    """Counted in a registry of its own, so that two applications in one process do not mix."""

    def __init__(self, pool: WorkPool, manifest: Manifest) -> None:
        self.registry = registry = CollectorRegistry()
        self.requests = Histogram(
            "ppe_request_seconds",
            "Time to answer a request",
            ("method", "route", "status"),
            registry=registry,
        )
        self._stages = Histogram(
            "ppe_check_stage_seconds",
            "Time of a stage of a check",
            ("stage",),
            buckets=_STAGES,
            registry=registry,
        )
        self._checks = Counter(
            "ppe_checks", "Photos checked", ("shot", "verdict", "model"), registry=registry
        )
        self._findings = Counter(
            "ppe_findings", "Verdicts by rule", ("rule", "verdict"), registry=registry
        )
        self.flags = Counter("ppe_flags", "Photos questioned", ("kind",), registry=registry)
        self.refused = Counter(
            "ppe_photos_refused", "Photos that could not be used", ("code",), registry=registry
        )
        self.searches_waiting = Gauge(
            "ppe_searches_waiting", "Photos whose search for copies waits", registry=registry
        )
        self.search_cpu = Counter(
            "ppe_search_cpu_seconds", "CPU time of the search for copies", registry=registry
        )
        in_flight = Gauge("ppe_checks_in_flight", "Photos being checked", registry=registry)
        in_flight.set_function(lambda: pool.in_flight)
        model = Gauge("ppe_model", "The network in use", ("version", "sha256"), registry=registry)
        model.labels(manifest.version, manifest.sha256).set(1)

    def checked(self, report: Report) -> None:
        """Count one report. The UNSURE share is a quotient of two of the counters."""
        self._checks.labels(report.shot, report.verdict, report.model["version"]).inc()
        for finding in report.findings:
            self._findings.labels(finding.rule, finding.verdict).inc()
        for stage, ms in report.timings.items():
            self._stages.labels(stage).observe(ms / 1000)

    def stage(self, stage: str, seconds: float) -> None:
        """Count the time of a stage around the check itself."""
        self._stages.labels(stage).observe(seconds)
