// vision/quality.py: the figures that decide whether a photo can be judged at all.
import { QUALITY } from "./generated/shared";
import { round } from "./numbers";
import { fitted, type Pixels } from "./pixels";
import { halve, resizeLinear } from "./resize";

/** Measured at a long edge of 320 pixels; see `vision.quality.Quality`. */
export interface Quality {
  sharpness: number;
  exposure: number;
  dark: number;
  glare: number;
}

export function measureQuality(pixels: Pixels): Quality {
  const { width, height } = fitted(pixels, QUALITY.SIDE, round);
  const small = halve(resizeLinear(pixels, 2 * width, 2 * height));
  const count = width * height;
  const grey = new Uint8Array(count);
  let sum = 0;
  let dark = 0;
  let burnt = 0;
  for (let i = 0, p = 0; i < count; i++, p += 4) {
    const red = small.data[p] as number;
    const green = small.data[p + 1] as number;
    const blue = small.data[p + 2] as number;
    const value = (red * 9798 + green * 19235 + blue * 3735 + 16384) >> 15; // cv2.COLOR_RGB2GRAY
    grey[i] = value;
    sum += value;
    if (value < 0.08 * 255) dark++;
    if (red >= 250 && green >= 250 && blue >= 250) burnt++;
  }
  return {
    sharpness: variance(laplacian(grey, width, height)),
    exposure: sum / count / 255,
    dark: dark / count,
    glare: burnt / count,
  };
}

/** `cv2.Laplacian` with its default kernel; at the edge the picture is mirrored, edge not doubled. */
function laplacian(grey: Uint8Array, width: number, height: number): Int32Array {
  const found = new Int32Array(grey.length);
  const mirrored = (i: number, size: number) =>
    i < 0 ? Math.min(1, size - 1) : i >= size ? Math.max(size - 2, 0) : i;
  for (let y = 0; y < height; y++) {
    const above = mirrored(y - 1, height) * width;
    const below = mirrored(y + 1, height) * width;
    for (let x = 0; x < width; x++) {
      const left = grey[y * width + mirrored(x - 1, width)] as number;
      const right = grey[y * width + mirrored(x + 1, width)] as number;
      const middle = grey[y * width + x] as number;
      found[y * width + x] =
        (grey[above + x] as number) + (grey[below + x] as number) + left + right - 4 * middle;
    }
  }
  return found;
}

function variance(values: Int32Array): number {
  let sum = 0;
  for (const value of values) sum += value;
  const mean = sum / values.length;
  let squares = 0;
  for (const value of values) squares += (value - mean) ** 2;
  return squares / values.length;
}
