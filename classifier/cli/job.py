"""The main job, once the command line is understood: captures in, reports out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from classifier.cli import options as words
from classifier.model import Severity

if TYPE_CHECKING:
    from pathlib import Path

    from classifier.analysis import Analysis

__all__ = ["Job"]


class Job(Struct, frozen=True):
    """What the arguments of ``classify`` ask for; they are explained in docs/cli.md.

    Attributes are called as the parameters of :data:`classifier.cli.main_job.command`, and have the
    same defaults; the tests hold them to it.
    """

    captures: tuple[str, ...]
    reports: tuple[str, ...] = ()
    output: str | None = None
    flows_file: Path | None = None
    policy: Path | None = None
    signatures: tuple[Path, ...] = ()
    rpc_range: str | None = None
    known_endpoints: tuple[Path, ...] = ()
    endpoints_age: float = 30
    save_endpoints: Path | None = None
    engine: str = "auto"
    timeouts: tuple[str, ...] = ()
    max_flows: int = words.MAX_FLOWS
    fail_on: str | None = None
    strict: bool = False
    quiet: bool = False

    def run(self) -> int:
        """Do it.

        Returns:
            The exit code.

        Raises:
            ClassifierError: Something asked for is wrong, or cannot be read or written.
        """
        from classifier.cli import heap, outputs

        if heap.is_worth_it(self.captures):
            heap.share()
        from classifier.pipeline import Options

        wanted = outputs.plan(
            self.reports or ("text",), self.output, self.captures, self.flows_file
        )
        options = Options(
            engine=self.engine,
            engine_options=words.engine_options(self.timeouts, self.max_flows),
            policy=self.policy,
            rpc_range=self.rpc_range,
            signatures=self.signatures,
            known_endpoints=self.known_endpoints,
            endpoints_age=self.endpoints_age,
        )
        analysis = outputs.analysed(self.captures, options, quiet=self.quiet)
        if self.save_endpoints:
            outputs.save_endpoints(analysis, self.save_endpoints, self.captures, quiet=self.quiet)
        outputs.write(analysis, wanted, self.flows_file, quiet=self.quiet)
        return self._exit_code(analysis)

    def _exit_code(self, analysis: Analysis) -> int:
        if self.strict and analysis.capture_health.warnings:
            return 1
        if self.fail_on is None:
            return 0
        threshold = Severity[self.fail_on.upper()]
        # A guess must not fail a run: what is undetermined is shown, never counted.
        return int(
            any(
                finding.severity >= threshold and not finding.undetermined
                for finding in analysis.findings
            )
        )
