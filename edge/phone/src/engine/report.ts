// vision/report.py: every answer to one photo, as the JSON that server and command line write.
import type { Capture } from "./capture";
import type { Box } from "./detections";
import type { Finding } from "./findings";
import type { Label, Reason, RuleId, Shot, Verdict } from "./generated/shared";
import { clip, round } from "./numbers";
import type { Quality } from "./quality";

export interface BoxJson {
  label: Label;
  score: number;
  /** Pixels of the full photo. */
  xyxy: [number, number, number, number];
}

export interface FindingJson {
  rule: RuleId;
  verdict: Verdict;
  reason: Reason;
  detail: string;
  advisory: boolean;
  score: number | null;
  value: number | null;
  threshold: number | null;
  boxes: BoxJson[];
  clause: string;
}

export interface ReportJson {
  shot: Shot;
  shot_guessed: boolean;
  verdict: Verdict;
  findings: FindingJson[];
  quality: Quality;
  capture: Capture;
  photo_size: [number, number];
  sha256: string;
  model: { name: string; version: string; sha256: string };
  policy: { name: string; version: string };
  /** Stage → milliseconds. */
  timings: Record<string, number>;
}

export function findingJson(
  finding: Finding,
  photoSize: readonly [number, number],
  scale: number,
): FindingJson {
  return {
    rule: finding.rule,
    verdict: finding.verdict,
    reason: finding.reason,
    detail: finding.detail,
    advisory: finding.advisory,
    score: rounded(finding.score),
    value: rounded(finding.value),
    threshold: rounded(finding.threshold),
    boxes: finding.boxes.map((box) => boxJson(box, photoSize, scale)),
    clause: finding.clause,
  };
}

/** Corners in pixels of the full photo; a person may be guessed to go on outside it. */
export function boxJson(
  box: Box,
  [width, height]: readonly [number, number],
  scale: number,
): BoxJson {
  const corner = (value: number, edge: number) => clip(round(value * scale, 1), 0, edge);
  return {
    label: box.label,
    score: round(box.score, 4),
    xyxy: [
      corner(box.x1, width),
      corner(box.y1, height),
      corner(box.x2, width),
      corner(box.y2, height),
    ],
  };
}

export function qualityJson(quality: Quality): Quality {
  return {
    sharpness: round(quality.sharpness, 4),
    exposure: round(quality.exposure, 4),
    dark: round(quality.dark, 4),
    glare: round(quality.glare, 4),
  };
}

function rounded(value: number | null): number | null {
  return value === null ? null : round(value, 4);
}
