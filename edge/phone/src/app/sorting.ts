// Which work orders are today's.
import type { Order } from "./service";

/** Today's by time (an order without a time is always due), and the others that are not finished. */
export function sorted(orders: readonly Order[], now: Date): [today: Order[], others: Order[]] {
  const isToday = ({ starts_at, ends_at }: Order) => {
    if (starts_at === null) return true;
    const [start, end] = [new Date(starts_at), new Date(ends_at ?? starts_at)];
    return day(start) <= day(now) && day(now) <= day(end);
  };
  const open = orders.filter((order) => order.state !== "passed");
  const today = orders.filter(
    (order) => isToday(order) && (order.starts_at || open.includes(order)),
  );
  const byTime = (a: Order, b: Order) => (a.starts_at ?? "").localeCompare(b.starts_at ?? "");
  return [today.sort(byTime), open.filter((order) => !today.includes(order)).sort(byTime)];
}

function day(date: Date): number {
  return new Date(date).setHours(0, 0, 0, 0);
}
