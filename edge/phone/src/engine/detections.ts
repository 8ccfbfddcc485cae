// vision/detections.py: what the network saw, and the geometry of boxes.
import type { Label } from "./generated/shared";

/** One detection: label, score 0 to 1, corners in pixels of the decoded photo. */
export interface Box {
  readonly label: Label;
  readonly score: number;
  readonly x1: number;
  readonly y1: number;
  readonly x2: number;
  readonly y2: number;
}

export const width = (box: Box): number => box.x2 - box.x1;
export const height = (box: Box): number => box.y2 - box.y1;
export const area = (box: Box): number => Math.max(0, width(box)) * Math.max(0, height(box));
export const centre = (box: Box): [x: number, y: number] => [
  (box.x1 + box.x2) / 2,
  (box.y1 + box.y2) / 2,
];

/** Best score first; equals keep their order. */
export function ranked(boxes: readonly Box[]): Box[] {
  return [...boxes].sort((a, b) => b.score - a.score);
}

/** Common area in square pixels. */
export function intersection(a: Box, b: Box): number {
  const across = Math.min(a.x2, b.x2) - Math.max(a.x1, b.x1);
  const down = Math.min(a.y2, b.y2) - Math.max(a.y1, b.y1);
  return Math.max(0, across) * Math.max(0, down);
}

/** Intersection over union, 0 to 1. */
export function iou(a: Box, b: Box): number {
  const common = intersection(a, b);
  const union = area(a) + area(b) - common;
  return union > 0 ? common / union : 0;
}

/** Share of `inner` that lies in `outer`, 0 to 1. */
export function shareInside(inner: Box, outer: Box): number {
  return area(inner) > 0 ? intersection(inner, outer) / area(inner) : 0;
}

/** Everything the network saw in one picture. */
export interface Detections {
  /** Best score first. */
  readonly boxes: readonly Box[];
  /** Probability that the picture shows a messy place; null if the network does not say. */
  readonly mess: number | null;
}

/** A box of the network's input before it has a label; all numbers float32. */
export interface RawBox {
  readonly xyxy: readonly [number, number, number, number];
  readonly score: number;
  readonly channel: number;
}

/** Greedy non-maximum suppression within each class, best first, in float32 as NumPy does it. */
export function suppress(boxes: readonly RawBox[], limit: number): RawBox[] {
  const f = Math.fround;
  const areaOf = ({ xyxy: [x1, y1, x2, y2] }: RawBox) => f(f(x2 - x1) * f(y2 - y1));
  const overlap = (a: RawBox, b: RawBox) => {
    const across = Math.max(0, f(Math.min(a.xyxy[2], b.xyxy[2]) - Math.max(a.xyxy[0], b.xyxy[0])));
    const down = Math.max(0, f(Math.min(a.xyxy[3], b.xyxy[3]) - Math.max(a.xyxy[1], b.xyxy[1])));
    const common = f(across * down);
    return f(common / Math.max(f(f(areaOf(a) + areaOf(b)) - common), f(1e-9)));
  };
  const kept: RawBox[] = [];
  for (const box of [...boxes].sort((a, b) => b.score - a.score)) {
    const doubled = kept.some(
      (other) => other.channel === box.channel && !(overlap(other, box) <= f(limit)),
    );
    if (!doubled) kept.push(box);
  }
  return kept;
}
