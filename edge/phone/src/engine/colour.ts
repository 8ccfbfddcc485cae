// vision/colour.py: colours of things, named by ranges a policy gives.
import { COLOUR } from "./generated/shared";
import { clip, modulo } from "./numbers";
import type { Pixels } from "./pixels";

export type Region = readonly [x1: number, y1: number, x2: number, y2: number];
export type Gains = readonly [red: number, green: number, blue: number];

/** One colour name; hue in degrees of CIELAB, may wrap over 360. */
export interface ColourRange {
  hue: [number, number];
  chroma: [number, number];
  lightness: [number, number];
}

const LINEAR = Float64Array.from({ length: 256 }, (_, code) => {
  const value = code / 255;
  return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
});

/** What a region looks like: colour name → share of its pixels. */
export class ColourReading {
  constructor(readonly shares: ReadonlyMap<string, number>) {}

  /** Share of all these colours together. */
  share(names: readonly string[]): number {
    return names.reduce((sum, name) => sum + (this.shares.get(name) ?? 0), 0);
  }

  /** The commonest named colour; empty if no pixel has a name. */
  get main(): string {
    let found = "";
    for (const [name, share] of this.shares) {
      if (share > (this.shares.get(found) ?? 0)) found = name;
    }
    return found;
  }
}

/** Gains that turn the light of a photo white; see `vision.colour.light_gains`. */
export function lightGains(pixels: Pixels): Gains {
  const sums = [0, 0, 0];
  let count = 0;
  for (let row = 0; row < COLOUR.GRID; row++) {
    const y = Math.trunc(((row + 0.5) * pixels.height) / COLOUR.GRID);
    for (let column = 0; column < COLOUR.GRID; column++) {
      const x = Math.trunc(((column + 0.5) * pixels.width) / COLOUR.GRID);
      const rgb = pixelAt(pixels, x, y);
      if (Math.max(...rgb) >= 250) continue;
      count++;
      for (let c = 0; c < 3; c++) {
        sums[c] = (sums[c] as number) + linear(rgb[c] as number) ** COLOUR.MINKOWSKI;
      }
    }
  }
  if (count < 64) return [1, 1, 1];
  const mean = sums.map((sum) => (sum / count) ** (1 / COLOUR.MINKOWSKI));
  const green = mean[1] as number;
  const gain = (value: number) =>
    clip(
      ((green + 1e-6) / (value + 1e-6)) ** COLOUR.STRENGTH,
      1 / COLOUR.MAX_GAIN,
      COLOUR.MAX_GAIN,
    );
  return [gain(mean[0] as number), gain(green), gain(mean[2] as number)];
}

/** Name every pixel by the first range it falls into. `rgb` holds three bytes a pixel. */
export function readColours(
  rgb: Uint8Array,
  gains: Gains,
  ranges: Readonly<Record<string, ColourRange>>,
): ColourReading {
  if (rgb.length === 0) return new ColourReading(new Map());
  const counts = new Map(Object.keys(ranges).map((name) => [name, 0]));
  for (let i = 0; i < rgb.length; i += 3) {
    const lch = toLch(rgb[i] as number, rgb[i + 1] as number, rgb[i + 2] as number, gains);
    const name = Object.keys(ranges).find((key) => inRange(lch, ranges[key] as ColourRange));
    if (name !== undefined) counts.set(name, (counts.get(name) as number) + 1);
  }
  const total = rgb.length / 3;
  return new ColourReading(new Map([...counts].map(([name, count]) => [name, count / total])));
}

interface Lch {
  lightness: number;
  chroma: number;
  hue: number;
}

/** From sRGB bytes to lightness 0-100, chroma, hue in degrees 0-360. */
export function toLch(red: number, green: number, blue: number, gains: Gains): Lch {
  const light = [
    linear(red) * gains[0],
    linear(green) * gains[1],
    linear(blue) * gains[2],
  ] as const;
  const [x, y, z] = COLOUR.TO_XYZ.map(([r, g, b]) =>
    root(light[0] * r + light[1] * g + light[2] * b),
  );
  const [fx, fy, fz] = [x as number, y as number, z as number];
  const a = 500 * (fx - fy);
  const b = 200 * (fy - fz);
  return {
    lightness: 116 * fy - 16,
    chroma: Math.hypot(a, b),
    hue: modulo(Math.atan2(b, a) * (180 / Math.PI), 360),
  };
}

function root(value: number): number {
  return value > 216 / 24389 ? Math.cbrt(value) : ((value * 24389) / 27 + 16) / 116;
}

function inRange({ lightness, chroma, hue }: Lch, range: ColourRange): boolean {
  const [low, high] = range.hue;
  const inHue = low <= high ? hue >= low && hue <= high : hue >= low || hue <= high;
  return (
    inHue &&
    chroma >= range.chroma[0] &&
    chroma <= range.chroma[1] &&
    lightness >= range.lightness[0] &&
    lightness <= range.lightness[1]
  );
}

/** Pixels of a region, thinned to at most 48 x 48, without `holes`; three bytes a pixel. */
export function sample(
  pixels: Pixels,
  region: Region,
  holes: readonly Region[] = [],
  ellipse = false,
): Uint8Array {
  const [x1, y1, x2, y2] = region;
  const xs = places(x1, x2);
  const ys = places(y1, y2);
  const rx = Math.max((x2 - x1) / 2, 1e-6);
  const ry = Math.max((y2 - y1) / 2, 1e-6);
  const found: number[] = [];
  for (const y of ys) {
    for (const x of xs) {
      if (!(x > 0 && x < pixels.width && y > 0 && y < pixels.height)) continue;
      if (ellipse && ((x - (x1 + x2) / 2) / rx) ** 2 + ((y - (y1 + y2) / 2) / ry) ** 2 > 1)
        continue;
      if (holes.some((h) => x >= h[0] && x <= h[2] && y >= h[1] && y <= h[3])) continue;
      found.push(...pixelAt(pixels, Math.trunc(x), Math.trunc(y)));
    }
  }
  return Uint8Array.from(found);
}

/** Middles of at most 48 pixels, evenly from `from` to before `to`. */
function places(from: number, to: number): number[] {
  const count = Math.min(COLOUR.SAMPLE, Math.max(1, Math.trunc(to - from)));
  const step = (to - from) / count;
  return Array.from({ length: count }, (_, i) => Math.floor(i * step + from) + 0.5);
}

function pixelAt({ data, width }: Pixels, x: number, y: number): [number, number, number] {
  const i = (y * width + x) * 4;
  return [data[i] as number, data[i + 1] as number, data[i + 2] as number];
}

function linear(code: number): number {
  return LINEAR[code] as number;
}
