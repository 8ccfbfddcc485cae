// vision/photo.py: bytes → Photo, decoded by the browser and reduced to the server's size.
import { type Capture, readCapture } from "./capture";
import { EngineError } from "./errors";
import { LIMITS } from "./generated/shared";
import { type Kind, kindOf } from "./kinds";
import { round } from "./numbers";
import type { Pixels } from "./pixels";
import { average } from "./resize";

/** A decoded photo; see `vision.photo.Photo`. */
export interface Photo {
  readonly pixels: Pixels;
  readonly fullSize: readonly [width: number, height: number];
  readonly sha256: string;
  readonly capture: Capture;
}

/** Decode a file into an upright sRGB photo, no larger than about twice `side`. */
export async function decodePhoto(file: Blob, side: number): Promise<Photo> {
  if (file.size === 0) {
    throw new EngineError("photo.empty", "the file is empty; take the photo again");
  }
  if (file.size > LIMITS.max_bytes) {
    throw new EngineError(
      "photo.too_many_bytes",
      `the file has more than ${LIMITS.max_bytes} bytes`,
    );
  }
  const data = await file.arrayBuffer();
  const kind = kindOf(new Uint8Array(data));
  const [digest, bitmap, capture] = await Promise.all([
    crypto.subtle.digest("SHA-256", data),
    open(data, kind),
    readCapture(data),
  ]);
  try {
    checkSize(bitmap);
    return {
      pixels: reduced(bitmap, reduction(bitmap, kind, side)),
      fullSize: [bitmap.width, bitmap.height],
      sha256: hex(digest),
      capture,
    };
  } finally {
    bitmap.close();
  }
}

/** The pixels of a frame of the live view, reduced as a photo is. */
export function framePixels(frame: ImageBitmap, side: number): Pixels {
  return reduced(frame, reduction(frame, "JPEG", side));
}

async function open(data: ArrayBuffer, kind: Kind): Promise<ImageBitmap> {
  try {
    return await createImageBitmap(new Blob([data]), {
      imageOrientation: "from-image",
      premultiplyAlpha: "none",
    });
  } catch (error) {
    if (kind === "HEIF") {
      throw new EngineError(
        "photo.unsupported_type",
        "this browser cannot open HEIC pictures; take the photo as JPEG",
      );
    }
    throw new EngineError("photo.undecodable", `the picture is damaged: ${error}`);
  }
}

function checkSize({ width, height }: ImageBitmap): void {
  const size = `the picture is ${width} x ${height} pixels`;
  if (Math.max(width, height) > LIMITS.max_side || width * height > LIMITS.max_pixels) {
    throw new EngineError("photo.too_large", `${size}; at most ${LIMITS.max_pixels} are accepted`);
  }
  if (Math.min(width, height) < LIMITS.min_side) {
    throw new EngineError(
      "photo.too_small",
      `${size}; at least ${LIMITS.min_side} a side are needed; send the original, not a thumbnail`,
    );
  }
}

export interface Reduction {
  scale: number;
  width: number;
  height: number;
}

/** The size the server decodes to: a JPEG by 2, 4 or 8, the rest to twice `side` at most. */
export function reduction(
  { width, height }: { width: number; height: number },
  kind: Kind,
  side: number,
): Reduction {
  let scale = 1;
  const ratio = side / Math.max(width, height);
  if (kind === "JPEG" && ratio < 1) {
    const possible = [width, height].map((edge) =>
      Math.floor(edge / Math.max(1, round(edge * ratio))),
    );
    scale = [8, 4, 2].find((factor) => Math.min(...possible) >= factor) ?? 1;
  }
  const long = Math.ceil(Math.max(width, height) / scale);
  if (long <= 2 * side) {
    return { scale, width: Math.ceil(width / scale), height: Math.ceil(height / scale) };
  }
  scale = Math.max(width, height) / (2 * side);
  return {
    scale,
    width: Math.max(1, round(width / scale)),
    height: Math.max(1, round(height / scale)),
  };
}

/** Drawn in strips: a canvas of a whole 48-megapixel photo is more than some phones allow. */
function reduced(bitmap: ImageBitmap, { scale, width, height }: Reduction): Pixels {
  const data = new Uint8Array(width * height * 4);
  const rows = Math.max(1, Math.floor(512 / scale));
  for (let top = 0; top < height; top += rows) {
    const count = Math.min(rows, height - top);
    const from = Math.ceil(top * scale - 0.5);
    const to = Math.min(Math.ceil((top + count) * scale - 0.5), bitmap.height);
    const strip = draw(bitmap, from, to - from);
    const part = scale === 1 ? strip : average(strip, scale, width, count);
    data.set(part.data, top * width * 4);
  }
  return { width, height, data };
}

function draw(bitmap: ImageBitmap, top: number, height: number): Pixels {
  const canvas = new OffscreenCanvas(bitmap.width, height);
  const context = canvas.getContext("2d", { alpha: false, willReadFrequently: true });
  if (!context) throw new EngineError("photo.undecodable", "the browser gives no canvas");
  context.fillStyle = "white"; // what is transparent is shown on white
  context.fillRect(0, 0, bitmap.width, height);
  context.drawImage(bitmap, 0, -top);
  return context.getImageData(0, 0, bitmap.width, height);
}

export function hex(digest: ArrayBuffer): string {
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
