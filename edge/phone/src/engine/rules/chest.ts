// vision/rules/chest.py: is the chest in the picture, so that something can be missed there?
import { type Box, height } from "../detections";
import { CHEST } from "../generated/shared";
import { chestBelow, type Person } from "../scene";
import type { Context } from "./context";

/** Where the chest surely is: a torso or vest, or else what lies below a head. */
export function seenChest(person: Person, context: Context): Box | undefined {
  const torso = context.seen([...person.torsos, ...person.vests]);
  if (torso) return torso;
  const head = context.seen([...person.heads, ...person.helmets]);
  if (!head || !context.seen([person.box])) return undefined;
  const below = chestBelow(head, person.box);
  const seen = { ...below, y2: Math.min(below.y2, person.box.y2) };
  return height(seen) >= CHEST.CHEST_SEEN * height(below) ? seen : undefined;
}
