/** When the page has nothing better to do; WebKit has no idle callback. */
export const whenIdle = (work: () => void): void => {
  // For setTimeout the second argument reads as 0.
  ((globalThis.requestIdleCallback ?? setTimeout) as (work: () => void, options: object) => void)(
    work,
    { timeout: 1000 },
  );
};
