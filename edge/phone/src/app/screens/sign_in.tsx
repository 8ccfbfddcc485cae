// Signing in: with staff number and password, or with a key.
import { useEffect, useState } from "preact/hooks";
import { LanguageButton } from "../parts";
import { NotTechnicianError, PasswordChangeError, type Phone } from "../phone";
import { UnreachableError } from "../service";
import { say } from "../texts";

type Way = "password" | "key" | "new password";

export function SignInScreen({ phone, offeredKey }: { phone: Phone; offeredKey: string | null }) {
  const [way, setWay] = useState<Way>("password");
  const [login, setLogin] = useState("");
  const [secret, setSecret] = useState("");
  const [next, setNext] = useState("");
  const [trouble, setTrouble] = useState("");
  const [busy, setBusy] = useState(false);

  const attempt = async (enter: () => Promise<void>) => {
    setBusy(true);
    setTrouble("");
    try {
      await enter();
    } catch (error) {
      if (error instanceof PasswordChangeError) setWay("new password");
      else setTrouble(explained(error));
      setBusy(false);
    }
  };
  const submit = (event: Event) => {
    event.preventDefault();
    void attempt(() => {
      if (way === "key") return phone.signInWithKey(secret.trim());
      if (way === "password") return phone.signIn(login.trim(), secret);
      return phone.changePassword(secret, next);
    });
  };
  useEffect(() => {
    if (offeredKey !== null) void attempt(() => phone.signInWithKey(offeredKey));
  }, [offeredKey]);

  const other = way === "key" ? "password" : "key";
  return (
    <main class="sign-in">
      <div class="bar end">
        <LanguageButton />
      </div>
      <img src="icons/icon.svg" alt="" width="88" height="88" />
      <h1>{way === "new password" ? say("choose_password") : say("title")}</h1>
      <form onSubmit={submit}>
        {way === "password" && (
          <Field label={say("login")} value={login} change={setLogin} complete="username" />
        )}
        {way === "password" && (
          <Field
            label={say("password")}
            value={secret}
            change={setSecret}
            complete="current-password"
            hidden
          />
        )}
        {way === "key" && (
          <Field label={say("key")} value={secret} change={setSecret} complete="off" hidden />
        )}
        {way === "new password" && (
          <Field
            label={say("new_password")}
            value={next}
            change={setNext}
            complete="new-password"
            hidden
          />
        )}
        {trouble && (
          <p class="trouble" role="alert">
            {trouble}
          </p>
        )}
        <button type="submit" class="main" disabled={busy}>
          {way === "new password" ? say("save") : say("sign_in")}
        </button>
      </form>
      {way !== "new password" && (
        <button
          type="button"
          class="plain"
          onClick={() => {
            setWay(other);
            setSecret("");
          }}
        >
          {say(`with_${other}`)}
        </button>
      )}
    </main>
  );
}

interface FieldProps {
  label: string;
  value: string;
  change: (value: string) => void;
  complete: string;
  hidden?: boolean;
}

function Field({ label, value, change, complete, hidden = false }: FieldProps) {
  return (
    <label>
      {label}
      <input
        type={hidden ? "password" : "text"}
        autocomplete={complete}
        autocapitalize="off"
        spellcheck={false}
        required
        value={value}
        onInput={(event) => change(event.currentTarget.value)}
      />
    </label>
  );
}

function explained(error: unknown): string {
  if (error instanceof UnreachableError) return say("offline_sign_in");
  if (error instanceof NotTechnicianError) return say("technicians_only");
  return error instanceof Error ? error.message : String(error);
}
