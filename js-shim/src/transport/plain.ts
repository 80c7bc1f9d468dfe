/** A field as the contract has it: no null, no boolean, no noise in the digits. */
export const plain = (value: unknown): string | number =>
  typeof value === 'string'
    ? value
    : Number.isFinite(value)
      ? +(value as number).toFixed(6)
      : +(value === true) || '';
