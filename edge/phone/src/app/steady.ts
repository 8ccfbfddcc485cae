// Is the phone held still? Told from small grey pictures, a few a second.

const MOVED = 6; // mean difference of grey values, of 255: noise of a sensor in poor light stays below

export class Steady {
  private last: Uint8Array | null = null;
  private since = Number.POSITIVE_INFINITY;

  /** One more picture, of the same size as the others; `now` in milliseconds. */
  add(grey: Uint8Array, now: number): void {
    const moved = this.last === null || difference(this.last, grey) > MOVED;
    if (moved) this.since = now;
    this.last = grey;
  }

  /** Since when nothing has moved; infinity before the first picture. */
  get stillSince(): number {
    return this.since;
  }

  forget(): void {
    this.last = null;
    this.since = Number.POSITIVE_INFINITY;
  }
}

function difference(a: Uint8Array, b: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += Math.abs((a[i] ?? 0) - (b[i] ?? 0));
  return sum / a.length;
}
