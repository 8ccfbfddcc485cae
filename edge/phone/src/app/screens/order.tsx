// One work order: the shots it needs, each with an example.

import { Outline } from "../guides";
import { useLive } from "../live";
import { Mark, Screen } from "../parts";
import type { Phone } from "../phone";
import { go } from "../routes";
import type { Order, ShotState } from "../service";
import { isToDo, type Standing, standing } from "../shots";
import { howTo, say, shotName } from "../texts";

export function OrderScreen({ phone, order }: { phone: Phone; order: Order }) {
  const parcels = useLive(phone.outbox.parcels);
  return (
    <Screen
      phone={phone}
      title={say("order", { number: order.number })}
      back={{ screen: "orders" }}
    >
      <ul class="cards">
        {order.shots.map((state) => (
          <ShotCard
            key={state.shot}
            order={order}
            state={state}
            stands={standing(state, order, parcels)}
          />
        ))}
      </ul>
    </Screen>
  );
}

interface ShotCardProps {
  order: Order;
  state: ShotState;
  stands: Standing;
}

function ShotCard({ order, state, stands }: ShotCardProps) {
  const { shot, verdict, omission } = state;
  const toDo = isToDo(stands);
  const number = order.number;
  const said = stands.startsWith("omission") && stands !== "omission_here" ? omission : null;
  return (
    <li class="shot" data-shot={shot} data-standing={stands}>
      <div class="example">
        <img src={`examples/${shot}.webp`} alt="" width="96" height="128" />
        <Outline shot={shot} />
      </div>
      <div>
        <h2>
          {shotName(shot)} {stands === "taken" && verdict && <Mark verdict={verdict} />}
        </h2>
        <p>{howTo(shot)}</p>
        {stands !== "taken" && <p class="state">{say(stands)}</p>}
        {said && <p>“{said.text}”</p>}
        {said?.comment && <p class="note">{say("supervisor_says", { text: said.comment })}</p>}
        <div class="stack">
          <button
            type="button"
            class={toDo ? "main" : ""}
            onClick={() => go({ screen: "camera", number, shot })}
          >
            {stands === "photo_here" || stands === "taken" ? say("take_again") : say("take")}
          </button>
          {toDo && (
            <button
              type="button"
              class="plain"
              onClick={() => go({ screen: "omission", number, shot })}
            >
              {say("cannot_take")}
            </button>
          )}
        </div>
      </div>
    </li>
  );
}
