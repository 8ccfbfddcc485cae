// Which screen is shown: the address after the #, so that the phone's back button works.
import { SHOTS, type Shot } from "../engine";
import { Live } from "./live";

export type Route =
  | { screen: "orders" }
  | { screen: "order"; number: string }
  | { screen: "camera" | "omission"; number: string; shot: Shot }
  | { screen: "waiting" };

export function read(hash: string): Route {
  const [screen, number = "", shot = ""] = hash.replace(/^#\/?/, "").split("/").map(unescaped);
  if (screen === "waiting") return { screen };
  if (screen === "order" && number) return { screen, number };
  if ((screen === "camera" || screen === "omission") && number && isShot(shot)) {
    return { screen, number, shot };
  }
  return { screen: "orders" };
}

export function write(route: Route): string {
  const parts: string[] = [route.screen];
  if ("number" in route) parts.push(route.number);
  if ("shot" in route) parts.push(route.shot);
  return `#/${parts.map(encodeURIComponent).join("/")}`;
}

/** A key handed over in the address, as a QR code does; it never reaches a server. */
export function keyIn(hash: string): string | null {
  return /^#key=(ppe_[\w-]+)$/.exec(hash)?.[1] ?? null;
}

export const route = new Live<Route>({ screen: "orders" });

export function followAddress(): void {
  const update = () => route.set(read(location.hash));
  addEventListener("hashchange", update);
  update();
}

export function go(next: Route): void {
  location.hash = write(next);
}

function isShot(text: string): text is Shot {
  return (SHOTS as readonly string[]).includes(text);
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return "";
  }
}
