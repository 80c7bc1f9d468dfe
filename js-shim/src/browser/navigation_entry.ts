/** The document's own navigation timing, as far as it has come. */
export const navigationEntry = () =>
  performance.getEntriesByType('navigation')[0] as
    | (PerformanceNavigationTiming & {
        activationStart?: number;
        deliveryType?: string;
        /** A tree: the page and its frames. */
        notRestoredReasons?: object | null;
      })
    | undefined;
