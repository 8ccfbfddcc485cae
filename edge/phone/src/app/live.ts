// Values that screens follow.
import { useEffect, useState } from "preact/hooks";

/** A value, and who wants to know when it changes. */
export class Live<T> {
  private readonly followers = new Set<(value: T) => void>();

  constructor(private current: T) {}

  get value(): T {
    return this.current;
  }

  set(value: T): void {
    this.current = value;
    for (const follower of [...this.followers]) follower(value);
  }

  follow(follower: (value: T) => void): () => void {
    this.followers.add(follower);
    return () => this.followers.delete(follower);
  }
}

/** The value, in a screen that is drawn anew when it changes. */
export function useLive<T>(live: Live<T>): T {
  const [value, setValue] = useState(() => live.value);
  useEffect(() => {
    setValue(() => live.value); // it may have changed since it was drawn
    return live.follow((next) => setValue(() => next));
  }, [live]);
  return value;
}
