// The phone's camera: opened, looked through, and a photo taken.
import type { Shot } from "../engine";

export type CameraTrouble = "camera_denied" | "camera_missing" | "camera_busy" | "camera_insecure";

export class CameraError extends Error {
  constructor(readonly trouble: CameraTrouble) {
    super(trouble);
  }
}

/** The selfie is taken with the camera beside the screen, all else with the one on the back. */
export function facing(shot: Shot): "user" | "environment" {
  return shot === "selfie" ? "user" : "environment";
}

export async function openCamera(shot: Shot): Promise<MediaStream> {
  if (!navigator.mediaDevices) throw new CameraError("camera_insecure");
  try {
    return await navigator.mediaDevices.getUserMedia({
      audio: false,
      video: { facingMode: facing(shot), width: { ideal: 1920 }, height: { ideal: 1440 } },
    });
  } catch (error) {
    throw new CameraError(troubleOf(error));
  }
}

function troubleOf(error: unknown): CameraTrouble {
  const name = error instanceof DOMException ? error.name : "";
  if (name === "NotAllowedError" || name === "SecurityError") return "camera_denied";
  if (name === "NotFoundError" || name === "OverconstrainedError") return "camera_missing";
  return "camera_busy";
}

export function closeCamera(stream: MediaStream): void {
  for (const track of stream.getTracks()) track.stop();
}

/** What the camera sees now as a JPEG; never mirrored, whatever the screen shows. */
export async function takePhoto(video: HTMLVideoElement): Promise<Blob> {
  const canvas = document.createElement("canvas");
  canvas.width = video.videoWidth;
  canvas.height = video.videoHeight;
  canvas.getContext("2d")?.drawImage(video, 0, 0);
  return new Promise((resolve, reject) => {
    canvas.toBlob(
      (blob) => (blob ? resolve(blob) : reject(new Error("the picture could not be made"))),
      "image/jpeg",
      0.92,
    );
  });
}

const [WIDTH, HEIGHT] = [32, 24];

/** A small grey picture of what the camera sees, for `Steady`. */
export function glance(video: HTMLVideoElement, canvas: HTMLCanvasElement): Uint8Array {
  canvas.width = WIDTH;
  canvas.height = HEIGHT;
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (!context) return new Uint8Array(WIDTH * HEIGHT);
  context.drawImage(video, 0, 0, WIDTH, HEIGHT);
  const { data } = context.getImageData(0, 0, WIDTH, HEIGHT);
  return Uint8Array.from({ length: WIDTH * HEIGHT }, (_, i) => {
    const [red = 0, green = 0, blue = 0] = data.subarray(4 * i, 4 * i + 3);
    return (red + 2 * green + blue) / 4;
  });
}
