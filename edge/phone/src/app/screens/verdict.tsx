// What the photo shows, what to mend, and whether to take it again or send it.
import { useEffect, useState } from "preact/hooks";
import { explain, type FindingJson, ruleName, type Shot, type Verdict } from "../../engine";
import { FullError } from "../outbox";
import { className, Mark, WaitingCount } from "../parts";
import type { Phone } from "../phone";
import { go } from "../routes";
import type { Order } from "../service";
import { language, say, shotName } from "../texts";
import { Boxes } from "./boxes";
import type { Taken } from "./camera";

interface VerdictProps {
  phone: Phone;
  order: Order;
  shot: Shot;
  taken: Taken;
  retake: () => void;
}

const HEADINGS: Record<Verdict, "ready" | "fix" | "unsure" | "nothing_asked"> = {
  PASS: "ready",
  FAIL: "fix",
  UNSURE: "unsure",
  "N/A": "nothing_asked",
};

export function VerdictScreen({ phone, order, shot, taken, retake }: VerdictProps) {
  const { report, photo } = taken;
  const [sentence, setSentence] = useState<string | null>(null);
  const [trouble, setTrouble] = useState("");
  const [isBusy, setBusy] = useState(false);
  const verdict = report?.verdict ?? null;
  const isGood = verdict !== "FAIL" && verdict !== "UNSURE";
  const [wrong, right] = split(report?.findings ?? []);

  const send = async () => {
    setBusy(true);
    setTrouble("");
    try {
      await phone.keep(order, shot, photo, report, taken.at, sentence?.trim() || null);
      go({ screen: "order", number: order.number });
    } catch (error) {
      setBusy(false);
      const why = error instanceof Error ? error.message : String(error);
      setTrouble(error instanceof FullError ? say("full") : say("not_kept", { why }));
    }
  };

  return (
    <>
      <header class="bar">
        <strong>{shotName(shot)}</strong>
        <WaitingCount phone={phone} />
      </header>
      <main class="verdict">
        <Picture taken={taken} wrong={wrong} />
        <div role="status">
          <h1 class={verdict === null ? "none" : className(verdict)}>
            {verdict === null ? say("nothing_asked") : say(HEADINGS[verdict])}
          </h1>
        </div>
        {report === null && <p>{say("unchecked")}</p>}
        <ul class="findings">
          {wrong.map((finding) => (
            <li key={finding.rule} data-rule={finding.rule}>
              <Mark verdict={finding.verdict} />
              <div>
                <strong>{ruleName(finding.rule, language.value)}</strong>
                <p>{explain(finding, language.value)}</p>
              </div>
            </li>
          ))}
          {right.map((finding) => (
            <li key={finding.rule} data-rule={finding.rule}>
              <Mark verdict={finding.verdict} />
              <div>
                {ruleName(finding.rule, language.value)}
                {finding.verdict !== "PASS" && <p>{explain(finding, language.value)}</p>}
              </div>
            </li>
          ))}
        </ul>
        {sentence !== null && (
          <label>
            {say("why")}
            <textarea
              rows={2}
              maxLength={500}
              value={sentence}
              onInput={(event) => setSentence(event.currentTarget.value)}
            />
            <small>{say("why_hint")}</small>
          </label>
        )}
        {trouble && (
          <p class="trouble" role="alert">
            {trouble}
          </p>
        )}
      </main>
      <footer class="choice">
        <button type="button" class={isGood ? "" : "main"} disabled={isBusy} onClick={retake}>
          {say("retake")}
        </button>
        {isGood || sentence !== null ? (
          <button
            type="button"
            class={isGood ? "main" : ""}
            disabled={isBusy || sentence?.trim() === ""}
            onClick={() => void send()}
          >
            {say("send")}
          </button>
        ) : (
          <button type="button" onClick={() => setSentence("")}>
            {say("send_anyway")}
          </button>
        )}
      </footer>
    </>
  );
}

function Picture({ taken, wrong }: { taken: Taken; wrong: readonly FindingJson[] }) {
  const [address, setAddress] = useState("");
  useEffect(() => {
    const made = URL.createObjectURL(taken.photo);
    setAddress(made);
    return () => URL.revokeObjectURL(made);
  }, [taken]);
  return (
    <div class="picture">
      {address && <img src={address} alt="" />}
      {taken.report && (
        <Boxes
          boxes={wrong.flatMap(({ boxes }) => boxes)}
          size={taken.report.photo_size}
          isWhole
          kind="wrong"
        />
      )}
    </div>
  );
}

/** What to mend, the sure before the doubtful; then the rest, at the end what is advice only. */
function split(findings: readonly FindingJson[]): [wrong: FindingJson[], right: FindingJson[]] {
  const asked = findings.filter(({ verdict }) => verdict !== "N/A");
  const weight = ({ verdict }: FindingJson) => ["FAIL", "UNSURE", "PASS"].indexOf(verdict);
  const sorted = asked.sort((a, b) => weight(a) - weight(b));
  const isWrong = ({ verdict, advisory }: FindingJson) => verdict !== "PASS" && !advisory;
  return [
    sorted.filter(isWrong),
    sorted.filter((one) => !isWrong(one)).sort((a, b) => weight(b) - weight(a)),
  ];
}
