// Why a photo cannot be taken: one sentence, kept and sent as a photo is.
import { useState } from "preact/hooks";
import type { Shot } from "../../engine";
import { useLive } from "../live";
import { FullError } from "../outbox";
import { Screen } from "../parts";
import type { Phone } from "../phone";
import { go, type Route } from "../routes";
import type { Order } from "../service";
import { shotsToDo } from "../shots";
import { say, shotName } from "../texts";

// Typing with gloves on is slow: the usual reasons are one tap away, and can be written on.
const USUAL = ["usual_nobody", "usual_refused", "usual_dark", "usual_camera"] as const;

interface OmissionProps {
  phone: Phone;
  order: Order;
  shot: Shot;
}

export function OmissionScreen({ phone, order, shot }: OmissionProps) {
  const [sentence, setSentence] = useState("");
  const [trouble, setTrouble] = useState("");
  const [isBusy, setBusy] = useState(false);
  const left = shotsToDo(order, useLive(phone.outbox.parcels));
  const back: Route = { screen: "order", number: order.number };
  const text = sentence.trim();

  const send = async (shots: readonly Shot[]) => {
    setBusy(true);
    setTrouble("");
    try {
      await phone.omit(order, shots, text);
      go(back);
    } catch (error) {
      setBusy(false);
      const why = error instanceof Error ? error.message : String(error);
      setTrouble(error instanceof FullError ? say("full_words") : say("not_kept_words", { why }));
    }
  };

  return (
    <Screen phone={phone} title={say("no_photo", { shot: shotName(shot) })} back={back}>
      <label>
        {say("why_none")}
        <textarea
          rows={3}
          maxLength={500}
          value={sentence}
          onInput={(event) => setSentence(event.currentTarget.value)}
        />
        <small>{say("why_hint")}</small>
      </label>
      <div class="stack">
        {USUAL.map((usual) => (
          <button type="button" key={usual} onClick={() => setSentence(say(usual))}>
            {say(usual)}
          </button>
        ))}
      </div>
      {trouble && (
        <p class="trouble" role="alert">
          {trouble}
        </p>
      )}
      <div class="stack end">
        <button
          type="button"
          class="main"
          disabled={isBusy || text === ""}
          onClick={() => void send([shot])}
        >
          {say("send")}
        </button>
        {left.length > 1 && (
          <button type="button" disabled={isBusy || text === ""} onClick={() => void send(left)}>
            {say("send_for_all", { n: left.length })}
          </button>
        )}
      </div>
    </Screen>
  );
}
