/** What the visit ran on. */
import type { Tools } from '../core/late_tools.ts';

interface Connection {
  effectiveType?: string;
  rtt?: number;
  downlink?: number;
  saveData?: boolean;
}

export function recordDevice({ $record: record, $now: now }: Tools): void {
  const { connection, deviceMemory, hardwareConcurrency, language } = navigator as Navigator & {
    connection?: Connection;
    deviceMemory?: number;
  };
  record(
    'device',
    now(),
    connection?.effectiveType,
    connection?.rtt ?? -1,
    connection?.downlink === undefined ? -1 : Math.round(connection.downlink * 1000),
    connection?.saveData ? 1 : 0,
    deviceMemory ? deviceMemory * 1024 : -1,
    hardwareConcurrency || -1,
    innerWidth,
    innerHeight,
    screen.width,
    screen.height,
    language,
  );
}
