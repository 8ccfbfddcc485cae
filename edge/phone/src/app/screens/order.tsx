// One work order: the shots it needs, each with an example.
import type { Shot } from "../../engine";
import { Outline } from "../guides";
import { useLive } from "../live";
import { Mark, Screen } from "../parts";
import type { Phone } from "../phone";
import { go } from "../routes";
import type { Order, ShotState } from "../service";
import { howTo, say, shotName } from "../texts";

export function OrderScreen({ phone, order }: { phone: Phone; order: Order }) {
  const parcels = useLive(phone.outbox.parcels);
  const onPhone = new Set(parcels.filter((p) => p.order === order.number).map((p) => p.shot));
  return (
    <Screen
      phone={phone}
      title={say("order", { number: order.number })}
      back={{ screen: "orders" }}
    >
      <ul class="cards">
        {order.shots.map((state) => (
          <ShotCard key={state.shot} order={order} state={state} onPhone={onPhone} />
        ))}
      </ul>
    </Screen>
  );
}

interface ShotCardProps {
  order: Order;
  state: ShotState;
  onPhone: ReadonlySet<Shot>;
}

function ShotCard({ order, state: { shot, verdict }, onPhone }: ShotCardProps) {
  const isTaken = verdict !== null || onPhone.has(shot);
  return (
    <li class="shot" data-shot={shot}>
      <div class="example">
        {shot !== "kit" && <img src={`examples/${shot}.webp`} alt="" width="96" height="128" />}
        <Outline shot={shot} />
      </div>
      <div>
        <h2>
          {shotName(shot)} {verdict && !onPhone.has(shot) && <Mark verdict={verdict} />}
        </h2>
        <p>{howTo(shot)}</p>
        <p class="state">{onPhone.has(shot) ? say("on_phone") : !isTaken && say("missing")}</p>
        <button
          type="button"
          class={isTaken ? "" : "main"}
          onClick={() => go({ screen: "camera", number: order.number, shot })}
        >
          {isTaken ? say("take_again") : say("take")}
        </button>
      </div>
    </li>
  );
}
