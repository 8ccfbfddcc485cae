// The photos that are still on the phone, and why.
import { explain, ruleName } from "../../engine";
import type { Parcel } from "../database";
import { useLive } from "../live";
import { clock, Mark, Screen } from "../parts";
import type { Phone } from "../phone";
import type { Link } from "../sender";
import { language, say, shotName } from "../texts";

export function WaitingScreen({ phone, link }: { phone: Phone; link: Link }) {
  const parcels = useLive(phone.outbox.parcels);
  const account = useLive(phone.account);
  return (
    <Screen phone={phone} title={say("waiting_title")} back={{ screen: "orders" }}>
      <p>{parcels.length === 0 ? say("waiting_none") : say("waiting_hint")}</p>
      {parcels.length > 0 && <LinkNote link={link} />}
      {parcels.length > 0 && link.state !== "sign-in" && (
        <button
          type="button"
          class="main"
          disabled={link.state === "sending"}
          onClick={() => void phone.wake()}
        >
          {link.state === "sending" ? say("sending") : say("send_now")}
        </button>
      )}
      <ul class="cards">
        {parcels.map((parcel) => (
          <li key={parcel.id} class="parcel" data-state={parcel.state}>
            <ParcelCard phone={phone} parcel={parcel} isMine={parcel.account === account?.id} />
          </li>
        ))}
      </ul>
    </Screen>
  );
}

function LinkNote({ link }: { link: Link }) {
  if (link.state !== "waiting") return null;
  const { code, message } = link.problem;
  const why = code === "phone.unreachable" ? say("unreachable") : message;
  return <p class="note">{say("next_try", { why })}</p>;
}

interface ParcelCardProps {
  phone: Phone;
  parcel: Parcel;
  isMine: boolean;
}

function ParcelCard({ phone, parcel, isMine }: ParcelCardProps) {
  const { report, problem } = parcel;
  const broken = report?.findings.find(({ verdict }) => verdict === "FAIL");
  const remove = () => {
    if (confirm(say("delete_sure"))) void phone.outbox.remove(parcel.id);
  };
  const again = async () => {
    await phone.outbox.again(parcel.id);
    await phone.sender.wake();
  };
  return (
    <>
      <h2>
        {parcel.kind === "omission"
          ? say("no_photo", { shot: shotName(parcel.shot) })
          : shotName(parcel.shot)}{" "}
        {report && <Mark verdict={report.verdict} />}
      </h2>
      <p>
        {say("order", { number: parcel.order })}, {clock(parcel.madeAt)}
      </p>
      {parcel.kind === "omission" && <p>“{parcel.sentence}”</p>}
      {broken && (
        <p>
          {ruleName(broken.rule, language.value)}: {explain(broken, language.value)}
        </p>
      )}
      {!isMine && <p class="note">{say("others_parcels")}</p>}
      {parcel.state === "refused" && (
        <>
          <p class="trouble" role="alert">
            {say("refused")}: {problem?.message} ({problem?.code})
          </p>
          <div class="row">
            <button type="button" onClick={() => void again()}>
              {say("try_again")}
            </button>
            <button type="button" onClick={remove}>
              {say("delete")}
            </button>
          </div>
        </>
      )}
    </>
  );
}
