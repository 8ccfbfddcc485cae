// vision/detector.py: Photo → Detections: letterbox, run, read either YOLO head.
import { type Detections, type RawBox, ranked, suppress } from "./detections";
import { EngineError } from "./errors";
import { DETECTOR } from "./generated/shared";
import type { Manifest } from "./manifest";
import { clip, round } from "./numbers";
import { fitted, type Pixels } from "./pixels";
import { resizeLinear } from "./resize";
import type { Session, Tensor } from "./session";

/** How a picture was fitted: input pixel = picture pixel x ratio + (left, top). */
export interface Letterbox {
  ratio: number;
  left: number;
  top: number;
}

/** Fit a picture into the smallest multiple-of-32 rectangle with `side` as the long edge.
 *
 * The picture's long edge is at most twice `side`: photo.ts sees to it.
 */
export function letterbox(pixels: Pixels, side: number): { batch: Tensor; fit: Letterbox } {
  const { ratio, width, height } = fitted(pixels, side, round);
  const outerWidth = Math.ceil(width / DETECTOR.STRIDE) * DETECTOR.STRIDE;
  const outerHeight = Math.ceil(height / DETECTOR.STRIDE) * DETECTOR.STRIDE;
  const left = Math.floor((outerWidth - width) / 2);
  const top = Math.floor((outerHeight - height) / 2);
  const inner = resizeLinear(pixels, width, height);
  const plane = outerWidth * outerHeight;
  const data = new Float32Array(3 * plane).fill(DETECTOR.PAD / 255);
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0, o = (top + y) * outerWidth + left; x < width; x++, i += 4, o++) {
      data[o] = (inner.data[i] as number) / 255;
      data[plane + o] = (inner.data[i + 1] as number) / 255;
      data[2 * plane + o] = (inner.data[i + 2] as number) / 255;
    }
  }
  return { batch: { data, dims: [1, 3, outerHeight, outerWidth] }, fit: { ratio, left, top } };
}

/** A network with its manifest, ready to look at pictures. */
export class Detector {
  constructor(
    private readonly session: Session,
    readonly manifest: Manifest,
  ) {}

  /** Look at a picture; boxes in its pixels. */
  async detect(pixels: Pixels): Promise<Detections> {
    const { batch, fit } = letterbox(pixels, this.manifest.input_side);
    const output = await this.session.run(batch, (this.manifest.mess ?? null) !== null);
    const f = Math.fround;
    const back = (value: number, border: number, limit: number) =>
      clip(f(f(value - border) / f(fit.ratio)), 0, limit);
    const boxes = readHead(output.boxes, this.manifest.classes.length).map(
      ({ xyxy, score, channel }) => ({
        label: (this.manifest.classes[channel] as Manifest["classes"][number]).label,
        score,
        x1: back(xyxy[0], fit.left, pixels.width),
        y1: back(xyxy[1], fit.top, pixels.height),
        x2: back(xyxy[2], fit.left, pixels.width),
        y2: back(xyxy[3], fit.top, pixels.height),
      }),
    );
    const real = boxes.filter((box) => box.x1 < box.x2 && box.y1 < box.y2);
    return { boxes: ranked(real), mess: output.mess };
  }
}

/** Read the output of one picture, whichever YOLO head made it; see `vision.detector.read_head`. */
export function readHead(
  { data, dims }: Tensor,
  classCount: number,
  floor = DETECTOR.FLOOR,
): RawBox[] {
  const [, rows = 0, columns = 0] = dims;
  if (dims.length === 3 && columns === 6 && rows !== 4 + classCount) {
    return readNmsFree(data, rows, classCount, Math.fround(floor));
  }
  if (dims.length === 3 && rows === 4 + classCount) {
    return suppress(readClassic(data, columns, classCount, Math.fround(floor)), DETECTOR.NMS_IOU);
  }
  throw new EngineError(
    "model.layout_unknown",
    `an output of shape ${dims.join(" x ")} fits neither YOLO head for ${classCount} classes`,
  );
}

function readNmsFree(
  data: Float32Array,
  rows: number,
  classCount: number,
  floor: number,
): RawBox[] {
  const found: RawBox[] = [];
  for (let row = 0; row < rows; row++) {
    const [x1, y1, x2, y2, score, named] = data.subarray(row * 6, row * 6 + 6) as unknown as [
      number,
      number,
      number,
      number,
      number,
      number,
    ];
    if (!(score >= floor)) continue;
    if (!(named >= 0 && named < classCount)) {
      throw new EngineError(
        "model.layout_unknown",
        `the network names classes beyond the ${classCount} of its manifest`,
      );
    }
    found.push({ xyxy: [x1, y1, x2, y2], score, channel: Math.trunc(named) });
  }
  return found;
}

function readClassic(
  data: Float32Array,
  anchors: number,
  classCount: number,
  floor: number,
): RawBox[] {
  const f = Math.fround;
  const at = (row: number, anchor: number) => data[row * anchors + anchor] as number;
  const found: RawBox[] = [];
  for (let anchor = 0; anchor < anchors; anchor++) {
    for (let channel = 0; channel < classCount; channel++) {
      const score = at(4 + channel, anchor);
      if (!(score >= floor)) continue;
      const [x, y] = [at(0, anchor), at(1, anchor)];
      const [halfWidth, halfHeight] = [f(at(2, anchor) / 2), f(at(3, anchor) / 2)];
      const xyxy = [
        f(x - halfWidth),
        f(y - halfHeight),
        f(x + halfWidth),
        f(y + halfHeight),
      ] as const;
      found.push({ xyxy, score, channel });
    }
  }
  return found;
}
