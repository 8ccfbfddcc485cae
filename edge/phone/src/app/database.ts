// What the phone keeps: IndexedDB, which survives a closed browser and a phone without a signal.
import { type DBSchema, type IDBPDatabase, openDB } from "idb";
import type { ReportJson, Shot } from "../engine";

/** How a photo was made, or when and where it was said that there is none; `api/schemas.py`. */
export interface CaptureRecord {
  taken_at: string;
  latitude?: number;
  longitude?: number;
  accuracy_m?: number;
  device: string;
  model?: string;
  policy?: string;
  /** Of the photo. */
  sha256?: string;
}

/** Why something did not go through; `code` is one of the service's or the engine's. */
export interface Problem {
  code: string;
  message: string;
}

/** One photo on its way to the service, or the sentence that says why there is none. */
export interface Parcel {
  /** Left out by versions of the app that knew photos only. */
  kind?: "photo" | "omission";
  /** Its Idempotency-Key too. */
  id: string;
  /** Only who took it sends it. */
  account: string;
  order: string;
  shot: Shot;
  capture: CaptureRecord;
  /** What the phone said; null where it could not check. */
  report: ReportJson | null;
  /** Why no better photo could be taken, or none at all. */
  sentence: string | null;
  /** The service has the photo, but not yet the sentence. */
  checkId: string | null;
  state: "waiting" | "refused";
  tries: number;
  /** Not sent again before, in milliseconds of the clock. */
  notBefore: number;
  problem: Problem | null;
  madeAt: number;
}

interface Schema extends DBSchema {
  parcels: { key: string; value: Parcel };
  /** Beside the parcels, so that listing them does not load every photo. */
  photos: { key: string; value: ArrayBuffer };
  /** Session, work orders, before-pictures, by name. */
  kept: { key: string; value: unknown };
}

export type Database = IDBPDatabase<Schema>;

export function openDatabase(name = "ppe-phone"): Promise<Database> {
  return openDB<Schema>(name, 1, {
    upgrade(database) {
      database.createObjectStore("parcels", { keyPath: "id" });
      database.createObjectStore("photos");
      database.createObjectStore("kept");
    },
  });
}
