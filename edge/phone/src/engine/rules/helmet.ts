// vision/rules/helmet.py: is a helmet on the head, and is it orange.
import { type Region, readColours, sample } from "../colour";
import { type Box, height, width } from "../detections";
import { HELMET } from "../generated/shared";
import type { Person } from "../scene";
import { type Answer, byScore, type Context } from "./context";
import { judgeColour } from "./shares";

/** PASS: a helmet where the head is. FAIL: a bare head there. */
export function helmetWorn(person: Person, context: Context): Answer {
  const helmet = context.hinted(person.helmets);
  const head = context.hinted(person.heads);
  const helmetScore = helmet?.score ?? 0;
  const headScore = head?.score ?? 0;
  if (helmet && context.seen([helmet]) && helmetScore - headScore >= HELMET.MARGIN) {
    return byScore("PASS", "helmet_on_head", helmet, context);
  }
  if (head && context.seen([head]) && headScore - helmetScore >= HELMET.MARGIN) {
    const held = context.seen(person.heldHelmets);
    return {
      verdict: "FAIL",
      reason: held ? "helmet_not_on_head" : "head_bare",
      boxes: held ? [head, held] : [head],
      value: headScore,
      threshold: context.present(head.label),
    };
  }
  const boxes = [helmet, head].filter((box) => box !== undefined);
  if (boxes.length === 0) {
    return { verdict: "UNSURE", reason: "head_not_visible", boxes: [person.box] };
  }
  return { verdict: "UNSURE", reason: "helmet_unclear", boxes };
}

/** The part of a helmet's box that is surely shell: brim, face and background kept out. */
function shell(helmet: Box): Region {
  return [
    helmet.x1 + 0.12 * width(helmet),
    helmet.y1 + 0.06 * height(helmet),
    helmet.x2 - 0.12 * width(helmet),
    helmet.y1 + 0.72 * height(helmet),
  ];
}

/** PASS: most of the shell has an allowed colour. FAIL: next to none of it has. */
export function helmetColour(person: Person, context: Context): Answer {
  const worn = helmetWorn(person, context);
  if (worn.verdict === "FAIL") return { verdict: "N/A", reason: "no_helmet_to_judge" };
  const helmet = worn.boxes?.[0];
  if (worn.verdict !== "PASS" || helmet === undefined) {
    return { verdict: "UNSURE", reason: worn.reason, boxes: worn.boxes ?? [] };
  }
  const rgb = sample(context.pixels, shell(helmet), [], true);
  const reading = readColours(rgb, context.gains, context.colours);
  return judgeColour(reading, context.settings, helmet);
}
