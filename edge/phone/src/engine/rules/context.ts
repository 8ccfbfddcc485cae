// vision/rules/context.py: what every rule is given besides the scene, and the shapes of a rule.
import type { ColourRange, Gains } from "../colour";
import { type Box, height, width } from "../detections";
import type { Finding } from "../findings";
import { type JudgedRule, type Label, NEEDS, type Reason, type Verdict } from "../generated/shared";
import type { FactsByLabel, MessFacts } from "../manifest";
import { best } from "../numbers";
import type { Pixels } from "../pixels";
import type { RuleSettings } from "../policy";
import { headPlace, type Person, type Scene } from "../scene";

/** Pixels, light and figures; see `vision.rules.context.Context`. */
export class Context {
  constructor(
    readonly pixels: Pixels,
    readonly gains: Gains,
    private readonly facts: FactsByLabel,
    readonly colours: Readonly<Record<string, ColourRange>>,
    readonly settings: RuleSettings,
    readonly minHead: number,
    readonly mess: MessFacts | null,
  ) {}

  /** Whether the network was shown to see such things. */
  supports(label: Label): boolean {
    return this.facts.get(label)?.supported ?? false;
  }

  /** Score from which a thing of this kind counts as seen. */
  present(label: Label): number {
    return this.facts.get(label)?.present ?? 1;
  }

  /** The best box that surely is what it says. */
  seen(boxes: readonly Box[]): Box | undefined {
    return best(
      boxes.filter((box) => box.score >= this.present(box.label)),
      (box) => box.score,
    );
  }

  /** The best box that cannot be ruled out (surely seen ones included). */
  hinted(boxes: readonly Box[]): Box | undefined {
    const absent = (label: Label) => this.facts.get(label)?.absent ?? 1;
    return best(
      boxes.filter((box) => box.score >= absent(box.label)),
      (box) => box.score,
    );
  }
}

/** What a rule says; the checker makes a Finding of it. */
export interface Answer {
  verdict: Verdict;
  reason: Reason;
  boxes?: readonly Box[];
  value?: number;
  threshold?: number;
  detail?: string;
}

/** An answer that rests on one detection: its score against the class's `present`. */
export function byScore(verdict: Verdict, reason: Reason, box: Box, context: Context): Answer {
  return { verdict, reason, boxes: [box], value: box.score, threshold: context.present(box.label) };
}

export type Judge = (scene: Scene, context: Context) => Answer;
export type PersonJudge = (person: Person, context: Context) => Answer;

/** The finding of one rule for one photo. */
export function find(
  rule: JudgedRule,
  judge: Judge,
  scene: Scene,
  context: Context,
  advisory: boolean,
): Finding {
  const answer: Answer = NEEDS[rule].every((label) => context.supports(label))
    ? judge(scene, context)
    : { verdict: "UNSURE", reason: "not_supported_by_model" };
  const boxes = answer.boxes ?? [];
  return {
    rule,
    verdict: answer.verdict,
    reason: answer.reason,
    score: boxes.length > 0 ? Math.max(...boxes.map((box) => box.score)) : null,
    value: answer.value ?? null,
    threshold: answer.threshold ?? null,
    boxes,
    clause: context.settings.clause,
    advisory,
    detail: answer.detail ?? "",
  };
}

/**
 * Ask a rule of the person a selfie is of; UNSURE if there is none to ask it of. Where several people
 * may be meant, a verdict that is the same for each of them holds for the one who is.
 */
export function ofSubject(judge: PersonJudge): Judge {
  return (scene, context) => {
    const [first, ...others] = scene.subjects.map((person) => ofPerson(judge, person, context));
    if (!first) return { verdict: "UNSURE", reason: "no_person" };
    if (others.length === 0) return first;
    const alike = others.every((other) => other.verdict === first.verdict);
    if (alike && first.verdict !== "UNSURE") {
      return { ...first, boxes: [first, ...others].flatMap((answer) => answer.boxes ?? []) };
    }
    const boxes = scene.subjects.map((person) => person.box);
    return { verdict: "UNSURE", reason: "subject_unclear", boxes };
  };
}

/** What a rule says of somebody, if they are near enough to be judged. */
function ofPerson(judge: PersonJudge, person: Person, context: Context): Answer {
  const head = headPlace(person);
  const tall = head ? Math.max(width(head), height(head)) : Number.POSITIVE_INFINITY;
  if (head && tall < context.minHead) {
    return {
      verdict: "UNSURE",
      reason: "subject_too_small",
      boxes: [head],
      value: tall,
      threshold: context.minHead,
    };
  }
  return judge(person, context);
}
