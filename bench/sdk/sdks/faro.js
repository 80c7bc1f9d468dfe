import { getWebInstrumentations, initializeFaro } from '@grafana/faro-web-sdk';

const faro = initializeFaro({ url: '/collect', app: { name: 'bench', version: '1.0.0' }, instrumentations: getWebInstrumentations() });
globalThis.bench = { capture: (error) => faro.api.pushError(error) };
