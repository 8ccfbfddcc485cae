// Boxes over a picture, which fills its place as `object-fit: cover` does, or fits into it.
import type { BoxJson } from "../../engine";

interface BoxesProps {
  boxes: readonly BoxJson[];
  size: readonly [number, number];
  isMirrored?: boolean;
  /** The whole picture is shown, not only what fills the place. */
  isWhole?: boolean;
  kind?: "seen" | "wrong";
}

export function Boxes({
  boxes,
  size: [width, height],
  isMirrored = false,
  isWhole = false,
  kind = "seen",
}: BoxesProps) {
  return (
    <svg
      class={`boxes ${kind}`}
      viewBox={`0 0 ${width} ${height}`}
      preserveAspectRatio={isWhole ? "xMidYMid meet" : "xMidYMid slice"}
      aria-hidden="true"
    >
      {boxes.map(({ label, xyxy: [x1, y1, x2, y2] }) => {
        const place = { x: isMirrored ? width - x2 : x1, y: y1, width: x2 - x1, height: y2 - y1 };
        return (
          <g key={`${label} ${x1} ${y1}`}>
            <rect {...place} class="under" />
            <rect {...place} />
          </g>
        );
      })}
    </svg>
  );
}
