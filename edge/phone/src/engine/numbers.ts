// Numbers as Python and NumPy make them, where JavaScript differs.

/** Python's `round(value, digits)`: correctly rounded, exact ties to the even digit. */
export function round(value: number, digits = 0): number {
  const nearest = Number(value.toFixed(digits)); // exact, but ties go away from zero
  const isTie = Math.abs((value * 2 ** (digits + 1)) % 2) === 1;
  if (!isTie) return nearest;
  const unit = 10 ** digits;
  const odd = Math.abs(Math.round(nearest * unit) % 2) === 1;
  return odd ? Math.round(nearest * unit - Math.sign(value)) / unit : nearest;
}

/** Python's `%`: the sign of the divisor. */
export function modulo(value: number, divisor: number): number {
  return ((value % divisor) + divisor) % divisor;
}

/** Between the two limits. */
export function clip(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high);
}

/** The first largest, as Python's `max(values, key=key)`; undefined of nothing. */
export function best<T>(values: readonly T[], key: (value: T) => number): T | undefined {
  let found: T | undefined;
  for (const value of values) {
    if (found === undefined || key(value) > key(found)) found = value;
  }
  return found;
}
