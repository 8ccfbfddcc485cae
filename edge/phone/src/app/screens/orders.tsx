// Today's work orders, then what else is open.
import { useLive } from "../live";
import { clock, date, Screen } from "../parts";
import type { Phone } from "../phone";
import { go } from "../routes";
import type { Omission, Order } from "../service";
import { sorted } from "../sorting";
import { say } from "../texts";

export function OrdersScreen({ phone }: { phone: Phone }) {
  const { items, asOf, isOld } = useLive(phone.orders);
  const parcels = useLive(phone.outbox.parcels);
  const link = useLive(phone.sender.link);
  const [today, others] = sorted(items, new Date());
  const signOut = () => {
    const warning = say("sign_out_waiting", { n: parcels.length });
    if (parcels.length === 0 || confirm(warning)) void phone.signOut();
  };
  return (
    <Screen phone={phone} title={say("today")}>
      {link.state !== "sign-in" && isOld && asOf > 0 && (
        <p class="note">{say("stored_orders", { time: clock(asOf) })}</p>
      )}
      {today.length === 0 && <p>{say("no_orders")}</p>}
      <List orders={today} />
      {others.length > 0 && <h2>{say("others")}</h2>}
      <List orders={others} />
      <div class="row end">
        <button type="button" class="plain" onClick={() => void phone.wake()}>
          {say("refresh")}
        </button>
        <button type="button" class="plain" onClick={signOut}>
          {say("sign_out")}
        </button>
      </div>
    </Screen>
  );
}

function List({ orders }: { orders: Order[] }) {
  return (
    <ul class="cards">
      {orders.map((order) => (
        <li key={order.id}>
          <button
            type="button"
            class="card"
            onClick={() => go({ screen: "order", number: order.number })}
          >
            <strong>{order.number}</strong>
            <span>{hours(order)}</span>
            <span class={`state ${order.state}`}>
              {say("done", {
                n: order.shots.filter(({ check_id, omission }) => check_id || isAnswer(omission))
                  .length,
                all: order.shots.length,
              })}
            </span>
          </button>
        </li>
      ))}
    </ul>
  );
}

/** A sentence in the place of a photo, unless the photo was asked for all the same. */
function isAnswer(omission: Omission | null): boolean {
  return !!omission && omission.state !== "rejected";
}

function hours({ starts_at, ends_at }: Order): string {
  if (starts_at === null) return "";
  const isToday = new Date(starts_at).toDateString() === new Date().toDateString();
  const start = isToday ? clock(starts_at) : `${date(starts_at)} ${clock(starts_at)}`;
  return ends_at === null ? start : `${start} – ${clock(ends_at)}`;
}
