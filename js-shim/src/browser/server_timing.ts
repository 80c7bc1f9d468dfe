/** A response's Server-Timing as the header's text, of what the browser let through. */
export const serverTimingOf = ({ serverTiming = [] }: Partial<PerformanceResourceTiming>): string =>
  `${serverTiming.map(({ name, duration, description }) => `${name};dur=${duration};desc="${description}"`)}`;
