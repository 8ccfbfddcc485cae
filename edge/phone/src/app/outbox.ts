// The queue: a photo is in it until the service has answered.
import type { Database, Parcel, Problem } from "./database";
import { Live } from "./live";

/** There is no room left on the phone. */
export class FullError extends Error {}

export class Outbox {
  private constructor(
    private readonly database: Database,
    /** Oldest first. */
    readonly parcels: Live<readonly Parcel[]>,
  ) {}

  static async open(database: Database): Promise<Outbox> {
    const outbox = new Outbox(database, new Live<readonly Parcel[]>([]));
    await outbox.reload();
    return outbox;
  }

  /** Keep a parcel and its photo; both are on the disk when this returns. Raises `FullError`. */
  async add(parcel: Parcel, photo: ArrayBuffer | null): Promise<void> {
    const both = this.database.transaction(["parcels", "photos"], "readwrite", {
      durability: "strict",
    });
    try {
      await Promise.all([
        both.objectStore("parcels").add(parcel),
        photo && both.objectStore("photos").add(photo, parcel.id),
        both.done,
      ]);
    } catch (error) {
      // Of a whole that failed each part says only that it was given up.
      const cause = both.error ?? error;
      if (nameOf(cause) !== "QuotaExceededError" && nameOf(error) !== "QuotaExceededError") {
        throw cause;
      }
      throw new FullError(String(cause));
    }
    await this.reload();
  }

  photo(id: string): Promise<ArrayBuffer | undefined> {
    return this.database.get("photos", id);
  }

  /** The service has it, or its owner gave it up. */
  async remove(id: string): Promise<void> {
    const both = this.database.transaction(["parcels", "photos"], "readwrite");
    await Promise.all([
      both.objectStore("parcels").delete(id),
      both.objectStore("photos").delete(id),
      both.done,
    ]);
    await this.reload();
  }

  async change(id: string, facts: Partial<Parcel>): Promise<void> {
    const parcels = this.database.transaction("parcels", "readwrite");
    const parcel = await parcels.store.get(id);
    if (parcel) await parcels.store.put({ ...parcel, ...facts });
    await parcels.done;
    await this.reload();
  }

  /** The service refused it: it stays, with the reason, until somebody decides. */
  setAside(id: string, problem: Problem): Promise<void> {
    return this.change(id, { state: "refused", problem });
  }

  /** Send a refused one again. */
  again(id: string): Promise<void> {
    return this.change(id, { state: "waiting", problem: null, notBefore: 0 });
  }

  /** Another tab may have changed it. */
  async reload(): Promise<void> {
    const parcels = await this.database.getAll("parcels");
    this.parcels.set(parcels.sort((a, b) => a.madeAt - b.madeAt));
  }
}

function nameOf(error: unknown): string {
  return error instanceof Error || error instanceof DOMException ? error.name : "";
}
