// Which screen, and the bar that every screen but the camera has.
import { useEffect } from "preact/hooks";
import { startEngine } from "./engine";
import { useLive } from "./live";
import type { Phone } from "./phone";
import { route } from "./routes";
import { CameraScreen } from "./screens/camera";
import { OmissionScreen } from "./screens/omission";
import { OrderScreen } from "./screens/order";
import { OrdersScreen } from "./screens/orders";
import { SignInScreen } from "./screens/sign_in";
import { WaitingScreen } from "./screens/waiting";
import { language } from "./texts";

export function App({ phone, offeredKey }: { phone: Phone; offeredKey: string | null }) {
  useLive(language); // every screen is drawn anew in the other language
  const account = useLive(phone.account);
  const link = useLive(phone.sender.link);
  const { items } = useLive(phone.orders);
  const now = useLive(route);
  const isIn = account !== null;
  useEffect(() => {
    if (isIn) void startEngine();
  }, [isIn]);

  if (account === null) return <SignInScreen phone={phone} offeredKey={offeredKey} />;
  if (now.screen === "waiting") return <WaitingScreen phone={phone} link={link} />;
  const order = "number" in now ? items.find((one) => one.number === now.number) : undefined;
  if (now.screen === "order" && order) return <OrderScreen phone={phone} order={order} />;
  if (now.screen === "camera" && order) {
    return <CameraScreen phone={phone} order={order} shot={now.shot} key={now.shot} />;
  }
  if (now.screen === "omission" && order) {
    return <OmissionScreen phone={phone} order={order} shot={now.shot} />;
  }
  return <OrdersScreen phone={phone} />;
}
