// vision/checker.py: Photo → Detections → Scene → Findings → Report.
import { lightGains } from "./colour";
import type { Box, Detections } from "./detections";
import type { Detector } from "./detector";
import { EngineError } from "./errors";
import { type Finding, overall } from "./findings";
import { CHECKER, type JudgedRule, type Label, type Reason, type Shot } from "./generated/shared";
import { type FactsByLabel, factsFor, floorsOf, type Manifest } from "./manifest";
import type { Photo } from "./photo";
import type { Pixels } from "./pixels";
import type { Policy, QualityLimits, RuleSettings } from "./policy";
import { measureQuality, type Quality } from "./quality";
import { findingJson, qualityJson, type ReportJson } from "./report";
import { RULES } from "./rules";
import { Context, find } from "./rules/context";
import { feetOf, headPlace, type Scene, understand } from "./scene";

/** What the rules make of one picture. */
export interface Judgement {
  readonly shot: Shot;
  readonly findings: readonly Finding[];
}

/** The rules of a policy, asked with the thresholds of a network. */
export class Judge {
  private readonly facts: FactsByLabel;
  private readonly floors: ReadonlyMap<Label, number>;

  constructor(
    readonly manifest: Manifest,
    readonly policy: Policy,
  ) {
    this.facts = factsFor(manifest);
    // What the network was not shown to see is as good as not seen.
    this.floors = floorsOf(manifest);
  }

  /** Answer every rule asked of a shot; `null` lets the scene decide which it is. */
  judge(pixels: Pixels, quality: Quality, detections: Detections, shot: Shot | null): Judgement {
    const scene = understand(detections, [pixels.width, pixels.height], this.floors);
    const judgedAs = shot ?? this.guessShot(scene);
    return { shot: judgedAs, findings: this.findings(pixels, quality, scene, judgedAs) };
  }

  /** What is surely seen: for the boxes of the live view. */
  seen({ boxes }: Detections): Box[] {
    return boxes.filter(
      (box) => this.floors.has(box.label) && box.score >= this.present(box.label),
    );
  }

  private present(label: Label): number {
    return this.facts.get(label)?.present ?? 1;
  }

  /**
   * A head makes a selfie, feet or legs alone a shoe photo, nobody a site photo. Where a torso and
   * feet are seen without a head, what is seen better decides.
   */
  private guessShot(scene: Scene): Shot {
    const best = (boxes: readonly Box[]) =>
      Math.max(0, ...boxes.map((b) => (b.score >= this.present(b.label) ? b.score : 0)));
    const { people } = scene;
    const torso = best(people.flatMap((p) => [...p.torsos, ...p.vests]));
    const feet = best(feetOf(scene));
    if (torso > feet || people.some((p) => headPlace(p))) return "selfie";
    if (feet > 0) return "shoes";
    // Somebody whose upper half is out of the picture.
    if (people.some((p) => p.box.y1 <= CHECKER.CUT_OFF * scene.size[1])) return "shoes";
    return people.length > 0 ? "selfie" : "site_after";
  }

  private findings(pixels: Pixels, quality: Quality, scene: Scene, shot: Shot): Finding[] {
    const asked = this.policy.shots[shot];
    if (asked === undefined) {
      const known = Object.keys(this.policy.shots).join(", ");
      throw new EngineError(
        "argument.shot_not_in_policy",
        `policy ${this.policy.name} has no shot ${shot}; it has ${known}`,
      );
    }
    const gains = lightGains(pixels);
    const ratio = Math.max(pixels.width, pixels.height) / this.manifest.input_side;
    const minHead = this.policy.quality.min_head * ratio;
    const mess = this.manifest.mess ?? null;
    const tooPoor = poorPhoto(quality, this.policy.quality);
    const judged = Object.entries(asked).filter(([id]) => id in RULES);
    return judged.map(([id, weight]) => {
      const rule = id as JudgedRule;
      const settings = this.policy.rules[rule] as RuleSettings; // readPolicy saw to it
      const { colours } = this.policy;
      const facts = factsFor(this.manifest, rule);
      const context = new Context(pixels, gains, facts, colours, settings, minHead, mess);
      const finding = find(rule, RULES[rule], scene, context, weight === "advisory");
      return tooPoor ? doubted(finding, tooPoor) : finding;
    });
  }
}

/** A network and a policy, ready to check photos. */
export class Checker {
  readonly judge: Judge;

  constructor(
    readonly detector: Detector,
    policy: Policy,
  ) {
    this.judge = new Judge(detector.manifest, policy);
  }

  /** Run once on grey, so that the first photo does not pay for the runtime's start. */
  async warm(): Promise<void> {
    const [width, height] = [480, 640];
    await this.detector.detect({
      width,
      height,
      data: new Uint8Array(width * height * 4).fill(114),
    });
  }

  /** Check a decoded photo; `decoded` is what its decoding took, in milliseconds. */
  async check(photo: Photo, shot: Shot | null, decoded = 0): Promise<ReportJson> {
    const timings: Record<string, number> = { decode: decoded };
    let start = performance.now();
    const lap = (stage: string) => {
      timings[stage] = performance.now() - start;
      start = performance.now();
    };
    const quality = measureQuality(photo.pixels);
    lap("quality");
    const detections = await this.detector.detect(photo.pixels);
    lap("detect");
    const judgement = this.judge.judge(photo.pixels, quality, detections, shot);
    lap("judge");
    timings.total = Object.values(timings).reduce((sum, ms) => sum + ms, 0);
    return report(this.judge, photo, quality, judgement, shot === null, timings);
  }
}

/** The report's JSON; see `vision.report.Report.to_json`. */
export function report(
  { manifest, policy }: Judge,
  photo: Photo,
  quality: Quality,
  { shot, findings }: Judgement,
  guessed: boolean,
  timings: Readonly<Record<string, number>>,
): ReportJson {
  const scale = photo.fullSize[0] / photo.pixels.width;
  return {
    shot,
    shot_guessed: guessed,
    verdict: overall(findings),
    findings: findings.map((finding) => findingJson(finding, photo.fullSize, scale)),
    quality: qualityJson(quality),
    capture: photo.capture,
    photo_size: [...photo.fullSize],
    sha256: photo.sha256,
    model: { name: manifest.name, version: manifest.version, sha256: manifest.sha256 },
    policy: { name: policy.name, version: policy.version },
    timings: Object.fromEntries(
      Object.entries(timings).map(([stage, ms]) => [stage, Math.round(ms * 100) / 100]),
    ),
  };
}

interface Poor {
  reason: Reason;
  value: number;
  threshold: number;
}

/** Why a photo cannot be judged at all, with the value and its threshold. */
function poorPhoto(quality: Quality, limits: QualityLimits): Poor | undefined {
  if (quality.dark > limits.max_dark) {
    return { reason: "photo_dark", value: quality.dark, threshold: limits.max_dark };
  }
  if (quality.glare > limits.max_glare) {
    return { reason: "photo_burnt_out", value: quality.glare, threshold: limits.max_glare };
  }
  if (quality.sharpness < limits.min_sharpness) {
    return { reason: "photo_blurred", value: quality.sharpness, threshold: limits.min_sharpness };
  }
  return undefined;
}

/** On a poor photo nothing is certain, neither good nor bad. */
function doubted({ rule, clause, advisory }: Finding, poor: Poor): Finding {
  return { rule, clause, advisory, verdict: "UNSURE", ...poor, score: null, boxes: [], detail: "" };
}
