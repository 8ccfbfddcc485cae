// Starts the app.
import { render } from "preact";
import { App } from "./app";
import { Phone } from "./phone";
import { followAddress, keyIn } from "./routes";
import { say } from "./texts";
import "./style.css";
import { keepUpToDate } from "./update";

const root = document.getElementById("app") as HTMLElement;

async function start(): Promise<void> {
  const key = keyIn(location.hash);
  if (key !== null) history.replaceState(null, "", "#/orders"); // not into the history
  followAddress();
  const phone = await Phone.open(new URL("../v1/", document.baseURI).href);
  render(<App phone={phone} offeredKey={key} />, root);
  void phone.wake();
  addEventListener("online", () => void phone.wake());
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") void phone.wake();
  });
  keepUpToDate();
}

start().catch((error) => {
  root.textContent = say("wrong", { why: String(error) });
});
