import { init } from '@elastic/apm-rum';

const apm = init({ serviceName: 'bench', serverUrl: location.origin, serviceVersion: '1.0.0' });
globalThis.bench = { capture: (error) => apm.captureError(error) };
