// vision/rules/feet.py: every visible shoe is in a cover, and nobody wears slippers.
import { type Box, iou } from "../detections";
import { SCENE } from "../generated/shared";
import { feetOf, type Scene } from "../scene";
import type { Answer, Context } from "./context";

/** Of several boxes on one foot, the best. */
function oneBoxAFoot(boxes: readonly Box[]): Box[] {
  const kept: Box[] = [];
  for (const box of boxes) {
    if (kept.every((other) => iou(box, other) < SCENE.SAME_THING)) kept.push(box);
  }
  return kept;
}

/** FAIL: a shoe without a cover. PASS: covers only, on as many feet as the policy asks. */
export function shoesCovers(scene: Scene, context: Context): Answer {
  const feet = oneBoxAFoot(feetOf(scene).filter((box) => context.hinted([box])));
  const sure = feet.filter((box) => context.seen([box]));
  const bare = sure.filter((box) => box.label !== "shoe_cover");
  const covered = sure.filter((box) => box.label === "shoe_cover");
  const worst = bare[0];
  if (worst) {
    return {
      verdict: "FAIL",
      reason: "shoe_uncovered",
      boxes: bare,
      value: worst.score,
      threshold: context.present(worst.label),
    };
  }
  if (feet.length === 0) return { verdict: "UNSURE", reason: "feet_not_visible" };
  if (sure.length < feet.length) {
    return { verdict: "UNSURE", reason: "covers_unclear", boxes: feet };
  }
  const threshold = context.settings.min_feet;
  const rest = { boxes: covered, value: covered.length, threshold };
  return covered.length >= threshold
    ? { verdict: "PASS", reason: "all_covered", ...rest }
    : { verdict: "UNSURE", reason: "one_foot_only", ...rest };
}

/** FAIL: a slipper. PASS: feet, none of them in slippers. */
export function noSlippers(scene: Scene, context: Context): Answer {
  const feet = feetOf(scene);
  const slipper = context.seen(feet.filter((box) => box.label === "slipper"));
  if (slipper) {
    return { verdict: "FAIL", reason: "slippers_worn", boxes: [slipper], value: slipper.score };
  }
  const boxes = feet.filter((box) => box.label !== "slipper" && context.seen([box]));
  if (boxes.length === 0) return { verdict: "UNSURE", reason: "feet_not_visible" };
  return { verdict: "PASS", reason: "no_slippers", boxes };
}
