// How a shot of a work order stands: what the service knows, and what still waits on this phone.
import type { Shot } from "../engine";
import type { Parcel } from "./database";
import type { Order, ShotState } from "./service";

export type Standing =
  /** On this phone, not sent yet. */
  | "photo_here"
  | "omission_here"
  /** The service has it. */
  | "taken"
  | "omission_open"
  | "omission_accepted"
  /** To be taken; the second after a supervisor has asked for it all the same. */
  | "missing"
  | "omission_rejected";

/** What counts first is what was done last; a photo counts before a sentence in its place. */
export function standing(state: ShotState, order: Order, parcels: readonly Parcel[]): Standing {
  const here = parcels.filter((one) => one.order === order.number && one.shot === state.shot);
  if (here.some((one) => one.kind !== "omission")) return "photo_here";
  if (state.check_id !== null) return "taken";
  if (here.length > 0) return "omission_here";
  // Work orders that an earlier version of the app has stored know nothing of it.
  return state.omission ? `omission_${state.omission.state}` : "missing";
}

export function isToDo(standing: Standing): boolean {
  return standing === "missing" || standing === "omission_rejected";
}

/** The shots of an order that nobody has taken or explained. */
export function shotsToDo(order: Order, parcels: readonly Parcel[]): Shot[] {
  const left = order.shots.filter((state) => isToDo(standing(state, order, parcels)));
  return left.map(({ shot }) => shot);
}
