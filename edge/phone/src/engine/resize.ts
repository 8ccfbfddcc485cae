// OpenCV's resize for bytes, bit for bit: the network and the quality figures must see the same.
import { round } from "./numbers";
import type { Pixels } from "./pixels";

const ONE = 2048; // weights are 11-bit fixed point (INTER_RESIZE_COEF_SCALE)

interface Taps {
  /** Index of the two source pixels and their weights, for each target pixel. */
  first: Int32Array;
  second: Int32Array;
  firstWeight: Int32Array;
  secondWeight: Int32Array;
}

/** Across, OpenCV gives a pixel beyond the edge no weight; down, it repeats the edge's row. */
function taps(source: number, target: number, weightless: boolean): Taps {
  const scale = 1 / (target / source);
  const found: Taps = {
    first: new Int32Array(target),
    second: new Int32Array(target),
    firstWeight: new Int32Array(target),
    secondWeight: new Int32Array(target),
  };
  for (let i = 0; i < target; i++) {
    const place = Math.fround((i + 0.5) * scale - 0.5);
    let index = Math.floor(place);
    let part = Math.fround(place - index);
    if (weightless && (index < 0 || index >= source - 1)) {
      part = 0;
      index = index < 0 ? 0 : source - 1;
    }
    found.first[i] = Math.min(Math.max(index, 0), source - 1);
    found.second[i] = Math.min(Math.max(index + 1, 0), source - 1);
    found.firstWeight[i] = round(Math.fround(1 - part) * ONE);
    found.secondWeight[i] = round(part * ONE);
  }
  return found;
}

/** `cv2.resize(..., INTER_LINEAR)` of RGBA; three channels come out, four stay in memory. */
export function resizeLinear(pixels: Pixels, width: number, height: number): Pixels {
  if (pixels.width === width && pixels.height === height) return pixels;
  // OpenCV does the same: exactly half is an average.
  if (pixels.width === 2 * width && pixels.height === 2 * height) return halve(pixels);
  const across = taps(pixels.width, width, true);
  const down = taps(pixels.height, height, false);
  const out = new Uint8Array(width * height * 4).fill(255);
  const rows = new Map<number, Int32Array>(); // the source rows in use, already resized across
  const rowOf = (y: number): Int32Array => {
    const kept = rows.get(y);
    if (kept) return kept;
    const made = resizedRow(pixels, y, across, width);
    rows.set(y, made);
    return made;
  };
  for (let y = 0; y < height; y++) {
    const upperY = down.first[y] as number;
    const lowerY = down.second[y] as number;
    const upper = rowOf(upperY);
    const lower = rowOf(lowerY);
    const a = down.firstWeight[y] as number;
    const b = down.secondWeight[y] as number;
    for (let i = 0, o = y * width * 4; i < width * 3; i += 3, o += 4) {
      for (let c = 0; c < 3; c++) {
        const top = (a * ((upper[i + c] as number) >> 4)) >> 16;
        const bottom = (b * ((lower[i + c] as number) >> 4)) >> 16;
        out[o + c] = (top + bottom + 2) >> 2;
      }
    }
    for (const kept of rows.keys()) if (kept < upperY) rows.delete(kept);
  }
  return { width, height, data: out };
}

function resizedRow(pixels: Pixels, y: number, across: Taps, width: number): Int32Array {
  const row = new Int32Array(width * 3);
  const start = y * pixels.width * 4;
  const { data } = pixels;
  for (let x = 0, i = 0; x < width; x++, i += 3) {
    const left = start + (across.first[x] as number) * 4;
    const right = start + (across.second[x] as number) * 4;
    const a = across.firstWeight[x] as number;
    const b = across.secondWeight[x] as number;
    row[i] = (data[left] as number) * a + (data[right] as number) * b;
    row[i + 1] = (data[left + 1] as number) * a + (data[right + 1] as number) * b;
    row[i + 2] = (data[left + 2] as number) * a + (data[right + 2] as number) * b;
  }
  return row;
}

/** `cv2.resize(..., INTER_AREA)` to exactly half: the mean of two by two, halves rounded up. */
export function halve(pixels: Pixels): Pixels {
  const width = pixels.width / 2;
  const height = pixels.height / 2;
  const { data } = pixels;
  const out = new Uint8Array(width * height * 4).fill(255);
  for (let y = 0, o = 0; y < height; y++) {
    let upper = 2 * y * pixels.width * 4;
    let lower = upper + pixels.width * 4;
    for (let x = 0; x < width; x++, o += 4, upper += 8, lower += 8) {
      for (let c = 0; c < 3; c++) {
        const top = (data[upper + c] as number) + (data[upper + 4 + c] as number);
        const bottom = (data[lower + c] as number) + (data[lower + 4 + c] as number);
        out[o + c] = (top + bottom + 2) >> 2;
      }
    }
  }
  return { width, height, data: out };
}

/** Means of the pixels whose middle lies in a block of `scale` by `scale`, as Pillow's BOX filter. */
export function average(pixels: Pixels, scale: number, width: number, height: number): Pixels {
  const { data } = pixels;
  const columns = edges(scale, width, pixels.width);
  const rows = edges(scale, height, pixels.height);
  const out = new Uint8Array(width * height * 4).fill(255);
  for (let y = 0, o = 0; y < height; y++) {
    const [top, bottom] = [rows[y] as number, rows[y + 1] as number];
    for (let x = 0; x < width; x++, o += 4) {
      const [left, right] = [columns[x] as number, columns[x + 1] as number];
      let red = 0;
      let green = 0;
      let blue = 0;
      for (let sy = top; sy < bottom; sy++) {
        for (let sx = left, i = (sy * pixels.width + sx) * 4; sx < right; sx++, i += 4) {
          red += data[i] as number;
          green += data[i + 1] as number;
          blue += data[i + 2] as number;
        }
      }
      const count = (bottom - top) * (right - left);
      out[o] = Math.round(red / count);
      out[o + 1] = Math.round(green / count);
      out[o + 2] = Math.round(blue / count);
    }
  }
  return { width, height, data: out };
}

/** First source pixel of each block, and the end of the last. */
function edges(scale: number, blocks: number, size: number): Int32Array {
  return Int32Array.from({ length: blocks + 1 }, (_, i) =>
    Math.min(Math.ceil(i * scale - 0.5), size),
  );
}
