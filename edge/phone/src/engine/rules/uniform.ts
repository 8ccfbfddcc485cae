// vision/rules/uniform.py: work clothes, their colour, their reflective strips.
import { type Region, readColours, sample } from "../colour";
import { height, iou, width } from "../detections";
import { UNIFORM } from "../generated/shared";
import type { Person } from "../scene";
import { seenChest } from "./chest";
import { type Answer, byScore, type Context } from "./context";
import { judgeColour } from "./shares";

/** PASS: work clothes on the torso. FAIL: other clothes. */
export function uniformWorn(person: Person, context: Context): Answer {
  const work = context.hinted(person.torsos.filter((torso) => torso.label === "workwear"));
  const plain = context.hinted(person.torsos.filter((torso) => torso.label === "plainwear"));
  const workScore = work?.score ?? 0;
  const plainScore = plain?.score ?? 0;
  if (work && context.seen([work]) && workScore - plainScore >= UNIFORM.MARGIN) {
    return byScore("PASS", "workwear_worn", work, context);
  }
  if (plain && context.seen([plain]) && plainScore - workScore >= UNIFORM.MARGIN) {
    return byScore("FAIL", "plain_clothes", plain, context);
  }
  const boxes = [work, plain].filter((box) => box !== undefined);
  if (boxes.length === 0) {
    return { verdict: "UNSURE", reason: "torso_not_visible", boxes: [person.box] };
  }
  return { verdict: "UNSURE", reason: "clothes_unclear", boxes };
}

/** PASS: most of the garment is in the blue family. FAIL: next to none of it is. */
export function uniformColour(person: Person, context: Context): Answer {
  const torso = context.seen(person.torsos);
  if (!torso) return { verdict: "UNSURE", reason: "torso_not_visible", boxes: [person.box] };
  const holes = [...person.vests, ...person.strips, ...person.badges]
    .filter((box) => context.hinted([box]))
    .map((box): Region => [box.x1, box.y1, box.x2, box.y2]);
  const region: Region = [
    torso.x1 + 0.15 * width(torso),
    torso.y1 + 0.15 * height(torso),
    torso.x2 - 0.15 * width(torso),
    torso.y2 - 0.1 * height(torso),
  ];
  const whole = sample(context.pixels, region).length / 3;
  const visible = sample(context.pixels, region, holes);
  if (visible.length / 3 < Math.max(UNIFORM.MIN_PIXELS, (1 - UNIFORM.HIDDEN) * whole)) {
    const boxes = [torso, ...person.vests.slice(0, 1)];
    return { verdict: "UNSURE", reason: "hidden_by_vest", boxes };
  }
  const reading = readColours(visible, context.gains, context.colours);
  return judgeColour(reading, context.settings, torso);
}

/** PASS: a reflective vest or two strips on the person. FAIL: none, though the chest is seen. */
export function uniformReflective(person: Person, context: Context): Answer {
  const vest = context.seen(person.vests);
  if (vest) return byScore("PASS", "reflective_vest", vest, context);
  if (!context.supports("strip")) return { verdict: "UNSURE", reason: "not_supported_by_model" };
  const [first] = person.strips;
  const others = person.strips.filter((strip) => first && iou(strip, first) < UNIFORM.SAME_STRIP);
  const second = context.seen(others);
  if (first && second) {
    return { ...byScore("PASS", "strips_seen", second, context), boxes: [first, second] };
  }
  const chest = seenChest(person, context);
  if (!chest) return { verdict: "UNSURE", reason: "torso_not_visible", boxes: [person.box] };
  const hint = context.hinted([...person.strips, ...person.vests]);
  if (hint) return { verdict: "UNSURE", reason: "strips_unclear", boxes: [hint] };
  return { verdict: "FAIL", reason: "strips_missing", boxes: [chest] };
}
