// The type of a picture file by its content, and what can be told of it without decoding.
import { EngineError } from "./errors";

export type Kind = "JPEG" | "PNG" | "WEBP" | "HEIF";

/** The type of an accepted file; refuses other types, animations and files cut short. */
export function kindOf(bytes: Uint8Array): Kind {
  const kind = sniff(bytes);
  if (kind === undefined) {
    throw new EngineError(
      "photo.unsupported_type",
      "this is not a JPEG, PNG, WebP or HEIC picture",
    );
  }
  if ((kind === "PNG" && isAnimatedPng(bytes)) || (kind === "WEBP" && isAnimatedWebp(bytes))) {
    throw new EngineError("photo.animated", "the picture is animated; send a single photo");
  }
  if (isCutShort(bytes, kind)) {
    throw new EngineError(
      "photo.truncated",
      "the end of the file is missing; send the photo again",
    );
  }
  return kind;
}

function sniff(bytes: Uint8Array): Kind | undefined {
  if (bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff) return "JPEG";
  if (ascii(bytes, 0, 8) === "\x89PNG\r\n\x1a\n") return "PNG";
  if (ascii(bytes, 0, 4) === "RIFF" && ascii(bytes, 8, 4) === "WEBP") return "WEBP";
  const heif = ["heic", "heix", "heim", "heis", "hevc", "hevx", "mif1", "msf1"];
  if (ascii(bytes, 4, 4) === "ftyp" && heif.includes(ascii(bytes, 8, 4))) return "HEIF";
  return undefined;
}

/** An `acTL` chunk before the pixels makes a PNG an animation. */
function isAnimatedPng(bytes: Uint8Array): boolean {
  for (let at = 8; at + 8 <= bytes.length; ) {
    const name = ascii(bytes, at + 4, 4);
    if (name === "acTL") return true;
    if (name === "IDAT") return false;
    at += 12 + view(bytes).getUint32(at);
  }
  return false;
}

function isAnimatedWebp(bytes: Uint8Array): boolean {
  return ascii(bytes, 12, 4) === "VP8X" && ((bytes[20] ?? 0) & 2) !== 0;
}

/** Whether the file ends before its own structure says; browsers draw such files half grey. */
function isCutShort(bytes: Uint8Array, kind: Kind): boolean {
  if (kind === "WEBP")
    return bytes.length < 12 || 8 + view(bytes).getUint32(4, true) > bytes.length;
  if (kind === "PNG") return !hasBytes(bytes, [0x49, 0x45, 0x4e, 0x44]); // IEND
  if (kind === "JPEG") return !hasBytes(bytes, [0xff, 0xd9]); // end of image
  return false; // a browser that opens HEIC refuses half of one
}

function hasBytes(bytes: Uint8Array, wanted: readonly number[]): boolean {
  for (let at = bytes.length - wanted.length; at >= 0; at--) {
    if (wanted.every((byte, i) => bytes[at + i] === byte)) return true;
  }
  return false;
}

function ascii(bytes: Uint8Array, start: number, length: number): string {
  return String.fromCharCode(...bytes.subarray(start, start + length));
}

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
