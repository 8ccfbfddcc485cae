// What the screens are made of: addresses, today's orders, the moment to take the photo.
import { describe, expect, test } from "vitest";
import { keyIn, type Route, read, write } from "../../src/app/routes";
import type { Order, ShotState } from "../../src/app/service";
import { shotsToDo, standing } from "../../src/app/shots";
import { sorted } from "../../src/app/sorting";
import { Steady } from "../../src/app/steady";
import { momentOf } from "../../src/app/watch";
import type { LiveView, Verdict } from "../../src/engine";
import { parcel, photoOf } from "./service_double";

const ROUTES: Route[] = [
  { screen: "orders" },
  { screen: "waiting" },
  { screen: "order", number: "WO/1 #2 %" },
  { screen: "camera", number: "工单", shot: "site_after" },
  { screen: "omission", number: "WO-1", shot: "kit" },
];

test.each(ROUTES)("the address of %o leads back to it", (route) => {
  expect(read(write(route))).toEqual(route);
});

test.each(["", "#", "#/nothing", "#/order", "#/camera/1/nothing", "#/order/%"])(
  "%s leads to the orders",
  (hash) => {
    expect(read(hash)).toEqual({ screen: "orders" });
  },
);

test.each([
  ["#key=ppe_Ab-9_x", "ppe_Ab-9_x"],
  ["#key=other", null],
  ["#/orders", null],
])("the key in %s is %s", (hash, key) => {
  expect(keyIn(hash)).toBe(key);
});

function order(number: string, starts_at: string | null, changes: Partial<Order> = {}): Order {
  return {
    id: number,
    number,
    starts_at,
    ends_at: null,
    state: "incomplete",
    shots: [],
    ...changes,
  };
}

test("today's orders come first by time, then what else is open", () => {
  const orders = [
    order("late", "2026-05-04T15:00:00"),
    order("early", "2026-05-04T08:00:00", { state: "passed" }),
    order("any time", null),
    order("any time, done", null, { state: "passed" }),
    order("yesterday", "2026-05-03T08:00:00", { state: "failed" }),
    order("yesterday, done", "2026-05-03T08:00:00", { state: "passed" }),
    order("over days", "2026-05-02T08:00:00", { ends_at: "2026-05-05T08:00:00" }),
  ];
  const [today, others] = sorted(orders, new Date("2026-05-04T09:00:00"));
  expect(today.map(({ number }) => number)).toEqual(["any time", "over days", "early", "late"]);
  expect(others.map(({ number }) => number)).toEqual(["yesterday"]);
});

describe("how a shot stands", () => {
  const nothing: ShotState = { shot: "selfie", check_id: null, verdict: null, omission: null };
  const taken: ShotState = { ...nothing, check_id: "c1", verdict: "FAIL" };
  const said = (state: "open" | "accepted" | "rejected"): ShotState => ({
    ...nothing,
    omission: { id: "o1", text: "nobody", state, comment: "" },
  });
  const photo = parcel(photoOf(""));
  const sentence = parcel(photoOf(""), { kind: "omission" });
  const WO = order("WO-1", null, { shots: [nothing] });

  test.each([
    ["missing", nothing, []],
    ["missing", nothing, [parcel(photoOf(""), { order: "WO-2" })]],
    ["missing", nothing, [parcel(photoOf(""), { shot: "shoes" })]],
    ["photo_here", nothing, [photo]],
    ["photo_here", said("open"), [sentence, photo]],
    ["omission_here", nothing, [sentence]],
    ["omission_here", said("rejected"), [sentence]],
    ["taken", { ...taken, omission: said("open").omission }, [sentence]],
    ["photo_here", taken, [photo]],
    ["omission_open", said("open"), []],
    ["omission_accepted", said("accepted"), []],
    ["omission_rejected", said("rejected"), []],
  ] as const)("%s", (expected, state, parcels) => {
    expect(standing(state, WO, parcels)).toBe(expected);
  });

  test("to do is what was neither taken nor explained", () => {
    const shots = [nothing, { ...said("rejected"), shot: "shoes" }, { ...taken, shot: "kit" }];
    const visit = order("WO-1", null, { shots: shots as ShotState[] });
    expect(shotsToDo(visit, [])).toEqual(["selfie", "shoes"]);
    expect(shotsToDo(visit, [sentence])).toEqual(["shoes"]);
  });
});

describe("holding still", () => {
  const grey = (value: number) => new Uint8Array(100).fill(value);

  test("counts from the last movement", () => {
    const steady = new Steady();
    expect(steady.stillSince).toBe(Number.POSITIVE_INFINITY);
    for (const [value, now] of [
      [100, 0],
      [103, 100],
      [140, 200],
      [141, 300],
    ] as const) {
      steady.add(grey(value), now);
    }
    expect(steady.stillSince).toBe(200);
  });
});

function view(...verdicts: Verdict[]): LiveView {
  const findings = verdicts.map((verdict) => ({ verdict })) as LiveView["findings"];
  const verdict = verdicts.find((one) => one !== "N/A") ?? "N/A";
  return { size: [480, 640], boxes: [], verdict, findings };
}

test.each([
  // what is seen, seen at, still since, now, is it good, is it the moment (watching since 0)
  ["all good and still", view("PASS", "N/A"), 2000, 1200, 2100, true, true],
  ["good, still too short", view("PASS"), 2000, 1900, 2100, true, false],
  ["good, but the view is from before the movement", view("PASS"), 2000, 2100, 3000, true, false],
  ["good, but only just opened", view("PASS"), 900, 100, 1000, true, false],
  ["something is wrong", view("FAIL"), 5000, 0, 5100, false, false],
  ["something is doubtful", view("UNSURE"), 5000, 0, 5100, false, false],
  ["nothing is asked, still for long", view(), 5000, 2000, 5100, true, true],
  ["nothing is asked, still too short", view(), 5000, 3000, 5100, true, false],
])("%s", (_, seen, seenAt, stillSince, now, good, isNow) => {
  expect(momentOf(seen, seenAt, 0, stillSince, now)).toEqual({ good, now: isNow });
});
