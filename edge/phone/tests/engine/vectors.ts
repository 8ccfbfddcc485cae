// The vectors of tests/conformance, and the files they name.
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import sharp from "sharp";
import type { Label, Shot } from "../../src/engine/generated/shared";
import type { Manifest, MessFacts, RuleFacts } from "../../src/engine/manifest";
import type { Pixels } from "../../src/engine/pixels";
import type { ReportJson } from "../../src/engine/report";

export const ROOT = resolve(import.meta.dirname, "../../../..");
const VECTORS = resolve(ROOT, "tests/conformance/vectors");

export interface RuleCase {
  name: string;
  picture: string;
  shot: Shot | null;
  unsupported: Label[];
  advisory: boolean;
  detections: [Label, number, number, number, number, number][];
  mess: number | null;
  own_thresholds: boolean;
  report: Omit<ReportJson, "timings">;
}

export interface HeadCase {
  name: string;
  shape: number[];
  classes: number;
  output: [number, number][];
  boxes: number[][];
}

export interface PictureCase {
  size: [number, number];
  shape: number[];
  sha256: string;
  fit: { ratio: number; left: number; top: number };
  quality: Record<string, number>;
  gains: number[];
}

export interface Vectors {
  "rules.json": {
    manifest: Manifest;
    mess: MessFacts;
    own_thresholds: RuleFacts[];
    cases: RuleCase[];
  };
  "heads.json": HeadCase[];
  "pictures.json": PictureCase[];
  "photos.json": { network: string; photos: Record<string, Omit<ReportJson, "timings">> };
}

export function vectors<Name extends keyof Vectors>(name: Name): Vectors[Name] {
  return JSON.parse(readFileSync(resolve(VECTORS, name), "utf-8"));
}

export function picture(name: string): Promise<{ pixels: Pixels; bytes: Buffer }> {
  return decoded(resolve(VECTORS, "pictures", name));
}

/** Any picture file as a browser's canvas would give it. */
export async function decoded(path: string): Promise<{ pixels: Pixels; bytes: Buffer }> {
  const bytes = readFileSync(path);
  const { data, info } = await sharp(bytes)
    .toColourspace("srgb")
    .ensureAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { pixels: { width: info.width, height: info.height, data }, bytes };
}

/** As `tests.conformance.vectors.pattern`. */
export function pattern(width: number, height: number): Pixels {
  const data = new Uint8Array(width * height * 4);
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let c = 0; c < 3; c++) data[i++] = x * 7 + y * 13 + ((x * y) % 31) * 5 + c * 40;
      data[i++] = 255;
    }
  }
  return { width, height, data };
}
