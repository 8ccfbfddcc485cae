// vision/scene.py: Detections → Scene: people with their parts, and things that belong to nobody.
import {
  area,
  type Box,
  centre,
  type Detections,
  height,
  iou,
  ranked,
  shareInside,
  width,
} from "./detections";
import { type Label, SCENE } from "./generated/shared";

/** One person and what is on them; lists are best score first. See `vision.scene.Person`. */
export interface Person {
  readonly box: Box;
  readonly helmets: readonly Box[];
  readonly heldHelmets: readonly Box[];
  readonly heads: readonly Box[];
  readonly torsos: readonly Box[];
  readonly vests: readonly Box[];
  readonly badges: readonly Box[];
  readonly strayBadges: readonly Box[];
  readonly sunglasses: readonly Box[];
  readonly strips: readonly Box[];
  readonly feet: readonly Box[];
}

/** One photo, understood; see `vision.scene.Scene`. */
export interface Scene {
  readonly size: readonly [width: number, height: number];
  readonly people: readonly Person[];
  readonly loose: readonly Box[];
  /** Whom a selfie may be of, nearest first: one, unless others are about as near. */
  readonly subjects: readonly Person[];
  /** Probability that the place is messy; null if the network does not say. */
  readonly mess: number | null;
}

/** Where the head is: bare head or helmet, whichever is seen better. */
export function headPlace(person: Person): Box | undefined {
  return ranked([...person.heads, ...person.helmets])[0];
}

/** Every visible foot, best score first. */
export function feetOf(scene: Scene): Box[] {
  const worn = scene.people.flatMap((person) => person.feet);
  return ranked([...worn, ...scene.loose.filter((box) => isOf(SCENE.FEET, box))]);
}

/** Every loose thing of one label, best score first. */
export function looseOf(scene: Scene, label: Label): Box[] {
  return scene.loose.filter((box) => box.label === label);
}

/** Make people with parts out of boxes; `floors` as in `vision.scene.understand`. */
export function understand(
  { boxes: detected, mess }: Detections,
  size: readonly [number, number],
  floors: ReadonlyMap<Label, number>,
): Scene {
  const boxes = detected.filter((box) => box.score >= (floors.get(box.label) ?? 1));
  const people = peopleOf(boxes);
  const parts: Box[][] = people.map(() => []);
  const loose: Box[] = [];
  for (const box of boxes) {
    if (box.label === "person") continue;
    // Litter in front of somebody is still litter.
    const owner = box.label === "litter" ? undefined : ownerOf(box, people);
    (owner === undefined ? loose : (parts[owner] as Box[])).push(box);
  }
  const built = people.map((person, index) => dress(person, parts[index] as Box[], size[1]));
  built.sort((a, b) => area(b.box) - area(a.box));
  return { size, people: built, loose, subjects: subjectsOf(built, size), mess };
}

/** Person boxes, and one for every torso that no person box explains. */
function peopleOf(boxes: readonly Box[]): Box[] {
  const people = boxes.filter((box) => box.label === "person");
  for (const torso of boxes) {
    if (!isOf(SCENE.TORSOS, torso)) continue;
    if (people.some((person) => shareInside(torso, person) >= SCENE.MIN_INSIDE)) continue;
    people.push({
      ...torso,
      label: "person",
      x1: torso.x1 - 0.1 * width(torso),
      x2: torso.x2 + 0.1 * width(torso),
      y1: Math.max(0, torso.y1 - 0.6 * height(torso)),
    });
  }
  return dropDoubles(ranked(people));
}

/** One person now and then has several boxes, best first: two alike, or weak ones of a part. */
function dropDoubles(people: readonly Box[]): Box[] {
  const kept: Box[] = [];
  for (const person of people) {
    const doubled = kept.some(
      (other) => iou(person, other) >= SCENE.SAME_PERSON || echoes(person, other),
    );
    if (!doubled) kept.push(person);
  }
  return kept;
}

/** Whether a weak box is but a part of a surer one, or drawn loosely around it. */
function echoes(weak: Box, sure: Box): boolean {
  const nested = Math.max(shareInside(weak, sure), shareInside(sure, weak)) >= SCENE.OVERLAP;
  return nested && weak.score < SCENE.ECHO * sure.score;
}

/** Index of the person a part belongs to; see `vision.scene._owner`. */
function ownerOf(part: Box, people: readonly Box[]): number | undefined {
  let nearest: { away: number; index: number } | undefined;
  const isHead = isOf(SCENE.HEAD_PARTS, part);
  const [x, y] = centre(part);
  for (const [index, person] of people.entries()) {
    if (shareInside(part, roomFor(part, person)) < SCENE.MIN_INSIDE) continue;
    let place = y;
    if (isHead) place = person.y1 + height(part) / 2;
    else if (isOf(SCENE.FEET, part)) place = person.y2 - height(part) / 2;
    const away =
      Math.abs(y - place) / Math.max(height(person), 1) +
      Math.abs(x - centre(person)[0]) / Math.max(width(person), 1);
    if (nearest === undefined || away < nearest.away) nearest = { away, index };
  }
  return nearest?.index;
}

/** Where a part of this person may lie; see `vision.scene._room`. */
function roomFor(part: Box, person: Box): Box {
  if (isOf(SCENE.HEAD_PARTS, part)) return { ...person, y1: person.y1 - height(part) };
  if (part.label === "badge") {
    return { ...person, y2: person.y2 + SCENE.LOW_CARD * height(person) };
  }
  return person;
}

/** Sort one person's parts into what they are on the body; `bottom` is the picture's lower edge. */
function dress(person: Box, parts: readonly Box[], bottom: number): Person {
  const of = (...labels: readonly Label[]) => parts.filter((part) => isOf(labels, part));
  const heads = of("head").filter((head) => onTop(head, person));
  const helmets = of("helmet").filter((helmet) => onTop(helmet, person));
  const torsos = of(...SCENE.TORSOS);
  const chest = chestOf(person, [...torsos, ...of("vest")], heads, helmets, bottom);
  return {
    box: person,
    helmets,
    heldHelmets: of("helmet").filter((helmet) => !helmets.includes(helmet)),
    heads,
    torsos,
    vests: of("vest"),
    badges: of("badge").filter((badge) => centreIn(badge, chest)),
    strayBadges: of("badge").filter((badge) => !centreIn(badge, chest)),
    sunglasses: of("sunglasses"),
    strips: of("strip"),
    feet: of(...SCENE.FEET),
  };
}

/** Whether a helmet or head is where this person's head must be. */
function onTop(part: Box, person: Box): boolean {
  return part.y1 - person.y1 <= Math.max(1.5 * height(part), 0.2 * height(person));
}

/** Where a badge may hang: from the neck down to just above the belt; see `vision.scene._chest`. */
function chestOf(
  person: Box,
  torsos: readonly Box[],
  heads: readonly Box[],
  helmets: readonly Box[],
  bottom: number,
): Box {
  const torso = ranked(torsos)[0];
  if (torso && torso.score >= SCENE.TRUSTED) {
    const cutOff = torso.y2 >= (1 - SCENE.EDGE) * bottom;
    return { ...torso, y2: torso.y1 + (cutOff ? 1 : 0.85) * height(torso) };
  }
  const head = ranked([...heads, ...helmets])[0];
  if (head && head.score >= SCENE.TRUSTED) return chestBelow(head, person);
  // Without a head either: a close-up of a chest (wide), or a body cut off at the neck (tall).
  const share = height(person) >= 1.8 * width(person) ? 0.45 : 1 + SCENE.LOW_CARD;
  return { ...person, y2: person.y1 + share * height(person) };
}

/** From the chin to the belt, as wide as the person; see `vision.scene.chest_below`. */
export function chestBelow(head: Box, person: Box): Box {
  const tall = height(head) / (head.label === "helmet" ? SCENE.SHELL_SHARE : 1);
  const chin = head.y1 + tall;
  return { ...person, y1: chin, y2: chin + SCENE.CHEST_HEADS * tall };
}

/** Whether the middle of a part lies in a place. */
export function centreIn(part: Box, place: Box): boolean {
  const [x, y] = centre(part);
  return place.x1 <= x && x <= place.x2 && place.y1 <= y && y <= place.y2;
}

/** The person nearest to the camera and the middle, and everybody who is about as near. */
function subjectsOf(people: readonly Person[], size: readonly [number, number]): Person[] {
  const nearness = (person: Person): number => {
    const off = Math.abs(centre(person.box)[0] / size[0] - 0.5);
    const head = headPlace(person);
    const tall = head
      ? Math.max(width(head), height(head))
      : height(person.box) / SCENE.HEADS_PER_BODY;
    return tall * (1 - off);
  };
  const sorted = [...people].sort((a, b) => nearness(b) - nearness(a));
  const [first] = sorted;
  if (!first) return [];
  return sorted.filter((person) => nearness(person) >= SCENE.CLEAR_SUBJECT * nearness(first));
}

export function isOf(labels: readonly Label[], box: Box): boolean {
  return labels.includes(box.label);
}
