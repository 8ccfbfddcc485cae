// Sends what waits, one after the other, until the service has everything.
import type { Parcel, Problem } from "./database";
import { Live } from "./live";
import type { Outbox } from "./outbox";
import { type Account, type Service, type ShotState, setback } from "./service";

const FIRST_WAIT_S = 2;
const LONGEST_WAIT_S = 300;

/** Seconds to wait: doubling, a random half of it so that phones do not come all at once. */
export function backOff(failures: number, random = Math.random): number {
  const whole = Math.min(FIRST_WAIT_S * 2 ** Math.min(failures, 20), LONGEST_WAIT_S);
  return whole * (0.5 + random() / 2);
}

export type Link =
  | { state: "idle" | "sending" }
  | { state: "waiting" | "sign-in"; problem: Problem };

export class Sender {
  readonly link = new Live<Link>({ state: "idle" });
  private running: Promise<void> | null = null;
  private wanted = false;
  private failures = 0;
  private pausedUntil = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly outbox: Outbox,
    private readonly service: Service,
    private readonly account: () => Account | null,
    /** Called with each parcel the service took, and what that changes about its shot. */
    private readonly taken: (parcel: Parcel, news: Partial<ShotState>) => void = () => {},
  ) {}

  /** Send now what waits: at the start, when the signal or the page comes back, with a new photo. */
  wake(): Promise<void> {
    this.wanted = true;
    this.running ??= this.run();
    return this.running;
  }

  private async run(): Promise<void> {
    clearTimeout(this.timer);
    try {
      while (this.wanted) {
        this.wanted = false;
        await alone(() => this.round());
      }
    } catch (error) {
      const { problem } = setback(error); // the phone's own store broke down
      this.holdOff(problem);
    }
    this.running = null; // at once: nobody may ask between the last look at `wanted` and this
    const next = this.nextTry();
    if (next !== null) this.timer = setTimeout(() => void this.wake(), next);
  }

  private async round(): Promise<void> {
    await this.outbox.reload();
    const account = this.account();
    const waiting = this.mine().filter((parcel) => parcel.notBefore <= Date.now());
    if (account === null || waiting.length === 0) return;
    if (this.link.value.state === "sign-in") return; // what is asked for must stay on the screen
    this.link.set({ state: "sending" });
    for (const parcel of waiting) {
      const goesOn = await this.deliver(parcel, account);
      if (this.account() !== account) {
        this.wanted = true; // with the account of now
        break;
      }
      if (!goesOn) return;
    }
    if (this.link.value.state === "sending") this.link.set({ state: "idle" });
  }

  /** Whether it makes sense to go on with the next. */
  private async deliver(parcel: Parcel, account: Account): Promise<boolean> {
    const service = this.service.as(account);
    try {
      if (parcel.kind === "omission") {
        this.taken(parcel, { omission: await service.omit(parcel) });
      } else if (!(await this.deliverPhoto(parcel, service))) {
        return true; // another tab was quicker
      }
      this.failures = 0;
      await this.outbox.remove(parcel.id);
      return true;
    } catch (error) {
      return this.putOff(parcel, account, error);
    }
  }

  /** Send the photo and then its sentence; whether there was a photo. */
  private async deliverPhoto(parcel: Parcel, service: Service): Promise<boolean> {
    let { checkId } = parcel;
    if (checkId === null) {
      const photo = await this.outbox.photo(parcel.id);
      if (photo === undefined) return false;
      const check = await service.send(parcel, photo);
      checkId = check.id;
      this.taken(parcel, { check_id: check.id, verdict: check.final_verdict });
      if (parcel.sentence !== null) await this.outbox.change(parcel.id, { checkId });
    }
    if (parcel.sentence !== null) await service.explain(checkId, parcel.sentence);
    return true;
  }

  private async putOff(parcel: Parcel, account: Account, error: unknown): Promise<boolean> {
    const found = setback(error);
    const { problem } = found;
    if (found.wait === "never") {
      await this.outbox.setAside(parcel.id, problem);
      return true;
    }
    if (found.wait === "sign-in") {
      const isOld = this.account() !== account; // they have signed in since
      if (!isOld) this.link.set({ state: "sign-in", problem });
      return false;
    }
    const tries = parcel.tries + 1;
    if (found.wait === "one") {
      const wait = Math.max(found.retryAfter, backOff(tries));
      await this.outbox.change(parcel.id, { tries, problem, notBefore: Date.now() + wait * 1000 });
      return true;
    }
    this.holdOff(problem, found.retryAfter);
    await this.outbox.change(parcel.id, { tries, problem });
    return false;
  }

  /** Nothing goes through now. */
  private holdOff(problem: Problem, retryAfter = 0): void {
    this.failures += 1;
    this.link.set({ state: "waiting", problem });
    const wait = Math.max(retryAfter, backOff(this.failures));
    this.pausedUntil = Date.now() + wait * 1000;
  }

  /** Milliseconds to the next try; null where nothing waits or only a person can help. */
  private nextTry(): number | null {
    const mine = this.mine();
    if (mine.length === 0 || this.link.value.state === "sign-in") return null;
    const due = Math.max(this.pausedUntil, Math.min(...mine.map((parcel) => parcel.notBefore)));
    return Math.max(due - Date.now(), 1000); // another tab may be sending
  }

  private mine(): Parcel[] {
    const id = this.account()?.id;
    return this.outbox.parcels.value.filter((p) => p.state === "waiting" && p.account === id);
  }
}

/** One tab at a time; where another sends already, nothing is left to do. */
async function alone(work: () => Promise<void>): Promise<void> {
  if (typeof navigator === "undefined" || !navigator.locks) return work();
  await navigator.locks.request("ppe-send", { ifAvailable: true }, async (lock) => {
    if (lock) await work();
  });
}
