// Decoded pictures: RGBA bytes, as a canvas gives them.

/** Upright sRGB, four bytes a pixel; alpha is not looked at. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array | Uint8ClampedArray;
}

/** Factor that brings the long edge to `side`, and the size then. */
export function fitted(
  picture: { width: number; height: number },
  side: number,
  round: (value: number) => number,
) {
  const ratio = side / Math.max(picture.width, picture.height);
  return {
    ratio,
    width: Math.max(1, round(picture.width * ratio)),
    height: Math.max(1, round(picture.height * ratio)),
  };
}
