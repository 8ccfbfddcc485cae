// The phone's side of tests/conformance; Python's is tests/conformance/test_vectors.py.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { InferenceSession, Tensor as OrtTensor } from "onnxruntime-web";
import { beforeAll, describe, expect, test } from "vitest";
import { Checker, Judge, report } from "../../src/engine/checker";
import { lightGains } from "../../src/engine/colour";
import type { Box } from "../../src/engine/detections";
import { Detector, letterbox, readHead } from "../../src/engine/detector";
import policyJson from "../../src/engine/generated/policy.json?raw";
import { SESSION } from "../../src/engine/generated/shared";
import { readManifest } from "../../src/engine/manifest";
import { type Photo, reduction } from "../../src/engine/photo";
import type { Pixels } from "../../src/engine/pixels";
import { readPolicy } from "../../src/engine/policy";
import { measureQuality } from "../../src/engine/quality";
import type { ReportJson } from "../../src/engine/report";
import { average } from "../../src/engine/resize";
import type { Output, Session, Tensor } from "../../src/engine/session";
import { decoded, pattern, picture, ROOT, type RuleCase, vectors } from "./vectors";

const policy = readPolicy(policyJson);
const NO_CAPTURE = { taken_at: null, latitude: null, longitude: null, camera: null };

function photoOf(pixels: Pixels, fullSize: [number, number], bytes: Buffer): Photo {
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  return { pixels, fullSize, sha256, capture: NO_CAPTURE };
}

function timeless({ timings: _, ...rest }: ReportJson): Omit<ReportJson, "timings"> {
  return rest;
}

/** The shipped policy; where a case says so, its rules only advise. */
function policyOf({ advisory }: RuleCase): typeof policy {
  if (!advisory) return policy;
  const shots = structuredClone(policy.shots);
  for (const asked of Object.values(shots)) {
    for (const rule of Object.keys(asked)) Object.assign(asked, { [rule]: "advisory" });
  }
  return { ...policy, shots };
}

describe("detections → report", () => {
  const { manifest, cases, mess, own_thresholds } = vectors("rules.json");

  test.each(cases.map((vector) => [vector.name, vector] as const))("%s", async (_, vector) => {
    const classes = manifest.classes.map((facts) => ({
      ...facts,
      supported: !vector.unsupported.includes(facts.label),
    }));
    const thresholds = {
      mess: vector.mess === null ? null : mess,
      rules: vector.own_thresholds ? own_thresholds : [],
    };
    const judge = new Judge({ ...manifest, classes, ...thresholds }, policyOf(vector));
    const { pixels, bytes } = await picture(vector.picture);
    const boxes = vector.detections.map(
      ([label, score, x1, y1, x2, y2]): Box => ({ label, score, x1, y1, x2, y2 }),
    );
    const quality = measureQuality(pixels);
    const judgement = judge.judge(pixels, quality, { boxes, mess: vector.mess }, vector.shot);
    const photo = photoOf(pixels, [pixels.width, pixels.height], bytes);
    const found = report(judge, photo, quality, judgement, vector.shot === null, {});
    expect(timeless(found)).toEqual(vector.report);
  });
});

describe("output of the network → boxes", () => {
  test.each(vectors("heads.json").map((vector) => [vector.name, vector] as const))(
    "%s",
    (_, vector) => {
      const data = new Float32Array(vector.shape.reduce((product, size) => product * size, 1));
      for (const [place, value] of vector.output) data[place] = value;
      const boxes = readHead({ data, dims: vector.shape }, vector.classes);
      const found = boxes.map(({ xyxy, score, channel }) => [...xyxy, score, channel]);
      expect(found).toEqual(vector.boxes);
    },
  );

  test("an unknown layout is refused", () => {
    const output = { data: new Float32Array(30), dims: [1, 5, 6] };
    expect(() => readHead(output, 14)).not.toThrow();
    expect(() => readHead({ ...output, dims: [1, 6, 5] }, 14)).toThrow(/neither YOLO head/);
  });
});

describe("pixels → input, quality, light", () => {
  test.each(vectors("pictures.json").map((vector) => [vector.size.join(" x "), vector] as const))(
    "%s",
    { timeout: 60_000 },
    (_, vector) => {
      const pixels = pattern(...vector.size);
      const { batch, fit } = letterbox(pixels, 640);
      expect(batch.dims).toEqual(vector.shape);
      expect(fit).toEqual(vector.fit);
      const sha256 = createHash("sha256").update(new Uint8Array(batch.data.buffer)).digest("hex");
      expect(sha256).toBe(vector.sha256);
      for (const [name, value] of Object.entries(measureQuality(pixels))) {
        expect(value).toBeCloseTo(vector.quality[name] as number, 8);
      }
      for (const [channel, gain] of lightGains(pixels).entries()) {
        expect(gain).toBeCloseTo(vector.gains[channel] as number, 12);
      }
    },
  );
});

describe("photo → report, with the shipped network", () => {
  const { network, photos } = vectors("photos.json");
  let checker: Checker;

  beforeAll(async () => {
    const manifest = readManifest(readFileSync(resolve(ROOT, "models/manifest.json"), "utf-8"));
    expect(manifest.sha256, "run `make conformance`").toBe(network);
    const model = readFileSync(resolve(ROOT, "models", manifest.file));
    checker = new Checker(new Detector(await NodeSession.open(model), manifest), policy);
  }, 300_000);

  // Python lets libjpeg reduce a JPEG, the phone averages: pixels differ a little, answers do not.
  test.each(Object.entries(photos))("%s", { timeout: 300_000 }, async (name, expected) => {
    const { pixels, bytes } = await decoded(resolve(ROOT, "demo", name));
    const { scale, width, height } = reduction(
      pixels,
      "JPEG",
      checker.detector.manifest.input_side,
    );
    const photo = photoOf(
      average(pixels, scale, width, height),
      [pixels.width, pixels.height],
      bytes,
    );
    const found = await checker.check(photo, null);
    const said = ({ findings, quality: _, timings: __, ...rest }: Partial<ReportJson>) => ({
      ...rest,
      findings: findings?.map(({ score, value, threshold, boxes, ...words }) => ({
        ...words,
        threshold,
        labels: boxes.map((box) => box.label),
      })),
    });
    expect(said(found)).toEqual(said(expected));
    for (const [index, finding] of found.findings.entries()) {
      const score = expected.findings[index]?.score ?? 0;
      expect(Math.abs((finding.score ?? 0) - score)).toBeLessThanOrEqual(0.02);
    }
  });
});

/** ONNX Runtime Web in Node: the same WASM kernels as in the browser, one thread. */
class NodeSession implements Session {
  private constructor(private readonly session: InferenceSession) {}

  static async open(model: Uint8Array): Promise<NodeSession> {
    return new NodeSession(await InferenceSession.create(model, { executionProviders: ["wasm"] }));
  }

  async run({ data, dims }: Tensor): Promise<Output> {
    const input = this.session.inputNames[0] as string;
    const output = this.session.outputNames[0] as string;
    const answer = await this.session.run({ [input]: new OrtTensor("float32", data, dims) });
    const boxes = answer[output] as OrtTensor;
    const mess = answer[SESSION.MESS_OUTPUT]?.data as Float32Array | undefined;
    return {
      boxes: { data: boxes.data as Float32Array, dims: boxes.dims },
      mess: mess?.[0] ?? null,
    };
  }
}
