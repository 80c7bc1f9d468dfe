/**
 * For the one upload that may leave before the late part is there: short, and
 * rather too much than too little. coarse_scrub.ts is what runs otherwise.
 * What comes before a mark (`=`, `@`) is bounded: a hostile text must not make
 * the search start anew at each of its characters.
 */
export const earlyScrub = (text: string): string =>
  text
    .replace(/[?#][^\s'")]*|(:\/\/)[^\s/]+@/g, '$1')
    .replace(
      /(?:\b(?:basic|bearer) |(?:passw|pwd|secret|token|key|auth|cookie|session)[\w-]{0,99}["']?\s*[=:]).+|(?<![\w.+%-])[\w.+%-]+@[\w-]+\.\w[\w.-]*|\beyJ[\w.-]+|\d[\d -]{11,}\d|[\da-f]{32,}|[\w+-]{40,}/gi,
      '[Filtered]',
    );
