// vision/capture.py: capture facts out of EXIF, never trusted.
import { CAPTURE } from "./generated/shared";
import { round } from "./numbers";

/** What the file claims about its making; see `vision.capture.Capture`. */
export interface Capture {
  taken_at: string | null;
  latitude: number | null;
  longitude: number | null;
  camera: string | null;
}

const LOOKED_AT = 100_000; // bytes: EXIF itself has at most 64 KiB
const NOTHING: Capture = { taken_at: null, latitude: null, longitude: null, camera: null };

/** Read the facts; a photo out of the app's camera has none, and damaged EXIF says nothing. */
export async function readCapture(data: ArrayBuffer): Promise<Capture> {
  if (!mentionsExif(new Uint8Array(data))) return NOTHING;
  const { default: ExifReader } = await import("exifreader");
  try {
    const { exif = {}, gps } = ExifReader.load(data, { expanded: true });
    const camera = [exif.Make, exif.Model].map((tag) => text(tag?.description)).filter(Boolean);
    const taken = exif.DateTimeOriginal ?? exif.DateTime;
    return {
      taken_at: time(text(taken?.description)),
      latitude: degrees(gps?.Latitude, 90),
      longitude: degrees(gps?.Longitude, 180),
      camera: camera.join(" ") || null,
    };
  } catch {
    return NOTHING; // to the reader no EXIF at all is an error
  }
}

/** Whether "Exif" in any case stands near the beginning or, as in WebP, near the end. */
function mentionsExif(bytes: Uint8Array): boolean {
  const ends = [bytes.subarray(0, LOOKED_AT), bytes.subarray(-LOOKED_AT)];
  return ends.some((part) => /exif/i.test(new TextDecoder("latin1").decode(part)));
}

function text(value: unknown): string {
  if (typeof value !== "string") return "";
  return value.replaceAll(/\p{C}/gu, "").slice(0, CAPTURE.MAX_TEXT).trim();
}

function time(value: string): string | null {
  const parts = /^(\d{4}):(\d\d):(\d\d) (\d\d):(\d\d):(\d\d)$/.exec(value);
  if (!parts) return null;
  const [, year, month, day, hour, minute, second] = parts;
  const found = `${year}-${month}-${day}T${hour}:${minute}:${second}`;
  const date = new Date(`${found}Z`);
  return date.toJSON()?.startsWith(found) ? found : null; // 30 February is no day
}

function degrees(value: unknown, limit: number): number | null {
  return typeof value === "number" && Math.abs(value) <= limit ? round(value, 6) : null;
}
