// The app behind the screens: who is signed in, their work orders, and the photos on their way.
import type { ReportJson, Shot } from "../engine";
import { type Database, openDatabase, type Parcel } from "./database";
import { Live } from "./live";
import { Outbox } from "./outbox";
import { placeNow } from "./place";
import { Sender } from "./sender";
import {
  type Account,
  type Order,
  Service,
  ServiceError,
  type SessionAnswer,
  type ShotState,
  setback,
} from "./service";

export interface Orders {
  items: Order[];
  /** When the service said so; 0 where it was never asked. */
  asOf: number;
  /** The service could not be asked just now. */
  isOld: boolean;
}

const NO_ORDERS: Orders = { items: [], asOf: 0, isOld: false };

/** Signing in worked, but not with this account. */
export class NotTechnicianError extends Error {}
export class PasswordChangeError extends Error {}

export class Phone {
  readonly account = new Live<Account | null>(null);
  readonly orders = new Live<Orders>(NO_ORDERS);
  readonly sender: Sender;
  /** The service's answer to signing out takes the cookie away: a new one must come after it. */
  private leaving: Promise<void> = Promise.resolve();

  private constructor(
    private readonly database: Database,
    readonly outbox: Outbox,
    private readonly service: Service,
  ) {
    this.sender = new Sender(
      outbox,
      service,
      () => this.account.value,
      (parcel, news) => this.taken(parcel, news),
    );
  }

  /** `base` is the address of the service's `/v1/`. */
  static async open(base: string): Promise<Phone> {
    const database = await openDatabase();
    const phone = new Phone(database, await Outbox.open(database), new Service(base));
    phone.account.set(((await database.get("kept", "account")) as Account | undefined) ?? null);
    if (phone.account.value) await phone.showStoredOrders(phone.account.value);
    return phone;
  }

  async signIn(login: string, password: string): Promise<void> {
    await this.leaving;
    const answer = await this.service.signIn(login, password);
    await this.enter(answer, null);
  }

  async changePassword(present: string, next: string): Promise<void> {
    const session = await this.service.whoAmI();
    const account = { id: session.account_id, key: null, csrf: session.csrf_token };
    await this.service.as(account).changePassword(present, next);
    await this.enter(await this.service.whoAmI(), null);
  }

  async signInWithKey(key: string): Promise<void> {
    const answer = await this.service.as({ id: "", key, csrf: null }).whoAmI();
    await this.enter(answer, key);
  }

  /** The photos stay, and wait for their account. */
  async signOut(): Promise<void> {
    const account = this.account.value;
    if (account === null) return;
    this.account.set(null);
    this.orders.set(NO_ORDERS);
    this.leaving = this.service
      .as(account)
      .signOut()
      .catch(() => {}); // it ends by itself
    await this.database.delete("kept", "account");
  }

  /** At the start, when the signal or the page comes back. */
  async wake(): Promise<void> {
    if (this.account.value === null) return;
    await this.renewSession();
    await this.catchUp();
  }

  private async catchUp(): Promise<void> {
    await Promise.all([this.refresh(), this.sender.wake()]);
  }

  /** Ask for the work orders; without a signal those of last time are shown. */
  private async refresh(): Promise<void> {
    const account = this.account.value;
    if (account === null || this.sender.link.value.state === "sign-in") return;
    try {
      const items = await this.service.as(account).orders();
      await this.showOrders(account, { items, asOf: Date.now(), isOld: false });
    } catch (error) {
      if (this.account.value !== account) return; // they have signed out, or in anew
      this.heedSignIn(error);
      this.orders.set({ ...this.orders.value, isOld: true });
    }
  }

  /** Whether the service wants them to sign in again. */
  private heedSignIn(error: unknown): boolean {
    const { wait, problem } = setback(error);
    if (wait !== "sign-in") return false;
    this.sender.link.set({ state: "sign-in", problem });
    return true;
  }

  /** Keep a photo and send it as soon as that is possible. Raises `FullError`. */
  async keep(
    order: Order,
    shot: Shot,
    photo: Blob,
    report: ReportJson | null,
    takenAt: Date,
    sentence: string | null,
  ): Promise<void> {
    const bytes = await photo.arrayBuffer();
    const parcel = this.pack("photo", order, shot, takenAt, sentence);
    parcel.report = report;
    parcel.capture.sha256 = report?.sha256 ?? (await sha256(bytes));
    if (report) {
      parcel.capture.model = `${report.model.name} ${report.model.version}`;
      parcel.capture.policy = `${report.policy.name} ${report.policy.version}`;
    }
    await this.outbox.add(parcel, bytes);
    if (shot === "site_before") await this.keepBefore(order, photo);
    void this.sender.wake();
  }

  /** Say why photos cannot be taken: kept and sent as they are. Raises `FullError`. */
  async omit(order: Order, shots: readonly Shot[], sentence: string): Promise<void> {
    const now = new Date();
    for (const shot of shots) {
      await this.outbox.add(this.pack("omission", order, shot, now, sentence), null);
    }
    void this.sender.wake();
  }

  private pack(
    kind: "photo" | "omission",
    order: Order,
    shot: Shot,
    at: Date,
    sentence: string | null,
  ): Parcel {
    return {
      kind,
      id: crypto.randomUUID(),
      account: this.account.value?.id ?? "",
      order: order.number,
      shot,
      capture: { taken_at: at.toISOString(), ...placeNow(), device: device() },
      report: null,
      sentence,
      checkId: null,
      state: "waiting",
      tries: 0,
      notBefore: 0,
      problem: null,
      madeAt: Date.now(),
    };
  }

  /** The picture from before the work: the phone's own, else the service's. */
  async before(order: Order): Promise<Blob | null> {
    const own = (await this.database.get("kept", beforeName(order.id))) as ArrayBuffer | undefined;
    if (own) return new Blob([own], { type: "image/jpeg" });
    const check = order.shots.find((shot) => shot.shot === "site_before")?.check_id;
    const account = this.account.value;
    if (!check || !account) return null;
    return this.service
      .as(account)
      .picture(check)
      .catch(() => null); // the photo can be taken without it
  }

  /** A frame to fit the next photo into; without room for it that one is taken freely. */
  private async keepBefore(order: Order, photo: Blob): Promise<void> {
    await this.database
      .put("kept", await photo.arrayBuffer(), beforeName(order.id))
      .catch(() => {});
  }

  private async enter(answer: SessionAnswer, key: string | null): Promise<void> {
    if (answer.must_change_password) throw new PasswordChangeError();
    if (answer.role === "auditor") throw new NotTechnicianError();
    const account = { id: answer.account_id, key, csrf: answer.csrf_token };
    await this.database.put("kept", account, "account");
    await this.showStoredOrders(account);
    this.account.set(account);
    this.sender.link.set({ state: "idle" });
    void navigator.storage?.persist?.(); // so that the browser does not tidy the queue away
    void this.catchUp();
  }

  /** With a password the token belongs to the browser's cookie, which may be a newer one. */
  private async renewSession(): Promise<void> {
    const account = this.account.value;
    if (account === null) return;
    try {
      const answer = await this.service.as(account).whoAmI();
      if (this.account.value !== account) return; // they have signed out, or in anew
      if (answer.account_id !== account.id) throw new ServiceError(401, "auth.invalid", "another");
      const csrf = answer.csrf_token;
      if (csrf !== account.csrf) this.account.set({ ...account, csrf });
      if (this.sender.link.value.state === "sign-in") this.sender.link.set({ state: "idle" });
    } catch (error) {
      if (this.account.value !== account || !this.heedSignIn(error)) return;
      this.account.set({ ...account, csrf: null }); // another's cookie must not send this one's
    }
  }

  private async showStoredOrders(account: Account): Promise<void> {
    const stored = await this.database.get("kept", ordersName(account));
    this.orders.set((stored as Orders | undefined) ?? NO_ORDERS);
  }

  private async showOrders(account: Account, orders: Orders): Promise<void> {
    if (this.account.value?.id === account.id) this.orders.set(orders);
    await this.database.put("kept", orders, ordersName(account));
    await this.forgetBefores(orders.items);
  }

  /** Pictures of orders that are gone or done. */
  private async forgetBefores(orders: Order[]): Promise<void> {
    const open = orders.filter((order) => order.state !== "passed");
    const wanted = new Set(open.map((order) => beforeName(order.id)));
    for (const name of await this.database.getAllKeys("kept")) {
      if (name.startsWith(beforeName("")) && !wanted.has(name)) {
        await this.database.delete("kept", name);
      }
    }
  }

  private taken(parcel: Parcel, news: Partial<ShotState>): void {
    const account = this.account.value;
    if (account === null || account.id !== parcel.account) return;
    const items = this.orders.value.items.map((order) =>
      order.number === parcel.order ? withShot(order, parcel.shot, news) : order,
    );
    void this.showOrders(account, { ...this.orders.value, items });
  }
}

function withShot(order: Order, shot: Shot, news: Partial<ShotState>): Order {
  const shots = order.shots.map((one) => (one.shot === shot ? { ...one, ...news } : one));
  return { ...order, shots };
}

const beforeName = (order: string) => `before/${order}`;
const ordersName = (account: Account) => `orders/${account.id}`;

function device(): string {
  const system = /\(([^)]*)\)/.exec(navigator.userAgent)?.[1] ?? "";
  return `phone app ${__APP_VERSION__}; ${system}`.slice(0, 100).trim();
}

async function sha256(bytes: ArrayBuffer): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
