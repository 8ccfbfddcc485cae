// What several screens have.
import type { ComponentChildren } from "preact";
import { type Verdict, verdictName } from "../engine";
import { useLive } from "./live";
import type { Phone } from "./phone";
import { go, type Route } from "./routes";
import { language, say, switchLanguage } from "./texts";
import { newVersion } from "./update";

interface ScreenProps {
  phone: Phone;
  title: string;
  back?: Route;
  children: ComponentChildren;
}

/** A screen with its title, the way back, how many photos still wait, and who must sign in for them. */
export function Screen({ phone, title, back, children }: ScreenProps) {
  const link = useLive(phone.sender.link);
  return (
    <>
      <header class="bar">
        {back && (
          <button type="button" class="plain" onClick={() => go(back)}>
            <span aria-hidden="true">‹ </span>
            {say("back")}
          </button>
        )}
        <WaitingCount phone={phone} />
        <LanguageButton />
      </header>
      <UpdateNote />
      <main>
        <h1>{title}</h1>
        {link.state === "sign-in" && <SignInAgain phone={phone} />}
        {children}
      </main>
    </>
  );
}

function UpdateNote() {
  const load = useLive(newVersion);
  if (load === null) return null;
  return (
    <div class="update" role="status">
      {say("update")}
      <button type="button" onClick={load}>
        {say("load")}
      </button>
    </div>
  );
}

export function WaitingCount({ phone }: { phone: Phone }) {
  const { length } = useLive(phone.outbox.parcels);
  const { state } = useLive(phone.sender.link);
  const text = length === 0 ? say("waiting_none") : say("waiting_some", { n: length });
  return (
    <button
      type="button"
      class={length === 0 ? "plain count" : "count some"}
      data-waiting={length}
      data-link={state}
      onClick={() => go({ screen: "waiting" })}
    >
      {text}
    </button>
  );
}

export function LanguageButton() {
  return (
    <button
      type="button"
      class="plain"
      lang={language.value === "en" ? "zh-CN" : "en"}
      onClick={switchLanguage}
    >
      {say("language")}
    </button>
  );
}

const SIGNS: Record<Verdict, string> = { PASS: "✓", FAIL: "✗", UNSURE: "?", "N/A": "–" };

export function Mark({ verdict }: { verdict: Verdict }) {
  return (
    <span class={`mark ${className(verdict)}`}>
      <span aria-hidden="true">{SIGNS[verdict]}</span>
      <span class="unseen">{verdictName(verdict, language.value)}</span>
    </span>
  );
}

export function className(verdict: Verdict): string {
  return { PASS: "pass", FAIL: "fail", UNSURE: "unsure", "N/A": "none" }[verdict];
}

export function clock(moment: number | string): string {
  return new Date(moment).toLocaleTimeString(language.value, {
    hour: "2-digit",
    minute: "2-digit",
    hour12: false,
  });
}

export function date(moment: string): string {
  return new Date(moment).toLocaleDateString(language.value, { month: "numeric", day: "numeric" });
}

/** The service does not know this phone any more; the photos stay until somebody signs in. */
function SignInAgain({ phone }: { phone: Phone }) {
  return (
    <>
      <p class="note">{say("sign_in_to_send")}</p>
      <button type="button" class="main" onClick={() => void phone.signOut()}>
        {say("sign_in")}
      </button>
    </>
  );
}
