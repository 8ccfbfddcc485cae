// Where the phone is, if its owner allows; nothing ever waits for it.

let last: GeolocationPosition | null = null;
const FRESH_MS = 5 * 60_000;

/** Begin to look; a refusal is an answer too. */
export function lookForPlace(): void {
  navigator.geolocation?.getCurrentPosition(
    (found) => {
      last = found;
    },
    () => {},
    { maximumAge: FRESH_MS, timeout: 30_000, enableHighAccuracy: true },
  );
}

export function placeNow(): { latitude: number; longitude: number; accuracy_m: number } | null {
  if (last === null || Date.now() - last.timestamp > FRESH_MS) return null;
  const { latitude, longitude, accuracy } = last.coords;
  return { latitude, longitude, accuracy_m: Math.round(accuracy) };
}
