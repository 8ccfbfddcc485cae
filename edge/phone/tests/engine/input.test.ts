import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { ENGINE_ADVICE, EngineError } from "../../src/engine/errors";
import { kindOf } from "../../src/engine/kinds";
import { readManifest } from "../../src/engine/manifest";
import { round } from "../../src/engine/numbers";
import { reduction } from "../../src/engine/photo";
import { readPolicy } from "../../src/engine/policy";
import { explain } from "../../src/engine/texts";
import { ROOT } from "./vectors";

function codeOf(step: () => unknown): string {
  try {
    step();
  } catch (error) {
    if (error instanceof EngineError) return error.code;
    throw error;
  }
  return "none";
}

test.each([
  // value, digits, what Python's round() gives
  [0.5, 0, 0],
  [1.5, 0, 2],
  [2.5, 0, 2],
  [-0.5, 0, 0],
  [-1.5, 0, -2],
  [12.25, 1, 12.2],
  [12.75, 1, 12.8],
  [0.03125, 4, 0.0312],
  [0.09375, 4, 0.0938],
  [2.675, 2, 2.67],
  [480.5, 0, 480],
  [1 / 3, 4, 0.3333],
])("round(%d, %d) is %d", (value, digits, expected) => {
  expect(round(value, digits)).toBeCloseTo(expected, 12);
});

describe("kinds of files", () => {
  const bytes = (text: string) => Uint8Array.from(text, (c) => c.charCodeAt(0));
  const png = "\x89PNG\r\n\x1a\n";
  const header = "\0\0\0\rIHDR".padEnd(25, "\0");

  test.each([
    ["\xff\xd8\xff\xe0 picture \xff\xd9", "JPEG"],
    [`${png}${header}\0\0\0\0IDAT\0\0\0\0\0\0\0\0IEND`, "PNG"],
    ["RIFF\x04\0\0\0WEBP", "WEBP"],
    ["\0\0\0\x18ftypheic", "HEIF"],
  ])("%j is a %s", (text, kind) => {
    expect(kindOf(bytes(text))).toBe(kind);
  });

  test.each([
    ["GIF89a", "photo.unsupported_type"],
    ["%PDF-1.7", "photo.unsupported_type"],
    ["\xff\xd8\xff\xe0 picture", "photo.truncated"],
    [`${png}${header}\0\0\0\x08IDAT`, "photo.truncated"],
    [`${png}${header}\0\0\0\0acTL\0\0\0\0\0\0\0\0IEND`, "photo.animated"],
    ["RIFF\xff\0\0\0WEBP", "photo.truncated"],
    ["RIFF\x0d\0\0\0WEBPVP8X\x0a\0\0\0\x02", "photo.animated"],
  ])("%j is refused with %s", (text, code) => {
    expect(codeOf(() => kindOf(bytes(text)))).toBe(code);
  });
});

test.each([
  // size and kind of a file → what vision.photo decodes it to at a side of 640
  [{ width: 960, height: 1280 }, "JPEG", { scale: 2, width: 480, height: 640 }],
  [{ width: 4000, height: 3000 }, "JPEG", { scale: 4, width: 1000, height: 750 }],
  [{ width: 1279, height: 959 }, "JPEG", { scale: 1, width: 1279, height: 959 }],
  [{ width: 1301, height: 977 }, "JPEG", { scale: 2, width: 651, height: 489 }],
  [{ width: 320, height: 240 }, "JPEG", { scale: 1, width: 320, height: 240 }],
  [{ width: 1280, height: 960 }, "PNG", { scale: 1, width: 1280, height: 960 }],
  [{ width: 2560, height: 1920 }, "WEBP", { scale: 2, width: 1280, height: 960 }],
] as const)("%j as %s is decoded to %j", (size, kind, expected) => {
  expect(reduction(size, kind, 640)).toEqual(expected);
});

describe("what the server sends", () => {
  const policy = readFileSync(
    resolve(ROOT, "edge/phone/src/engine/generated/policy.json"),
    "utf-8",
  );
  const manifest = readFileSync(resolve(ROOT, "models/manifest.json"), "utf-8");

  test("the shipped files are read", () => {
    expect(readPolicy(policy).name).toBe("telecom");
    expect(readManifest(manifest).classes.length).toBeGreaterThan(10);
  });

  test.each([
    ["no JSON", "not found"],
    ["another document", "{}"],
    ["a rule of a newer server", policy.replaceAll("helmet.worn", "helmet.strapped")],
    ["an undefined colour", policy.replace('"orange": {', '"violet": {')],
  ])("a policy that is %s is refused", (_, text) => {
    expect(codeOf(() => readPolicy(text))).toBe("policy.invalid");
  });

  test.each([
    ["no JSON", "not found"],
    ["another document", "[]"],
    ["of a label unknown here", manifest.replace('"helmet"', '"crown"')],
    ["without a hash", manifest.replace('"sha256"', '"md5"')],
  ])("a manifest that is %s is refused", (_, text) => {
    expect(codeOf(() => readManifest(text))).toBe("model.manifest_invalid");
  });
});

test("texts name the colour that was seen", () => {
  const finding = { reason: "colour_wrong", detail: "yellow" } as const;
  expect(explain(finding, "en")).toContain("(yellow)");
  expect(explain(finding, "zh-CN")).toContain("（黄色）");
  expect(explain({ ...finding, detail: "" }, "en")).toContain("(?)");
});

test("the phone's own errors are documented", () => {
  const docs = readFileSync(resolve(ROOT, "docs/errors.md"), "utf-8");
  for (const [code, advice] of Object.entries(ENGINE_ADVICE)) {
    expect(docs).toContain(`| \`${code}\` | ${advice} |`);
  }
});
