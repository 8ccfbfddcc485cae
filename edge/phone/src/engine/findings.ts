// vision/findings.py: the words in which a photo is answered.
import type { Box } from "./detections";
import type { Reason, RuleId, Verdict } from "./generated/shared";

/** One rule's answer for one photo; see `vision.findings.Finding`. */
export interface Finding {
  readonly rule: RuleId;
  readonly verdict: Verdict;
  readonly reason: Reason;
  readonly score: number | null;
  readonly value: number | null;
  readonly threshold: number | null;
  readonly boxes: readonly Box[];
  readonly clause: string;
  readonly advisory: boolean;
  readonly detail: string;
}

/** FAIL before UNSURE before PASS over the rules that are not advisory. */
export function overall(findings: readonly Finding[]): Verdict {
  const verdicts = findings.filter((finding) => !finding.advisory).map(({ verdict }) => verdict);
  for (const verdict of ["FAIL", "UNSURE", "PASS"] as const) {
    if (verdicts.includes(verdict)) return verdict;
  }
  return "N/A";
}
