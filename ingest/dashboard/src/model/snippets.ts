/** What a team pastes into its pages and backends. */

function attribute(value: string): string {
  return value.replace(/&/g, '&amp;').replace(/"/g, '&quot;').replace(/</g, '&lt;');
}

/** The server's origin inside a DSN: where the SDK is served from. */
export function originOf(dsn: string): string {
  const match = /^(https?:\/\/)(?:[^@/]*@)?([^/]+)\//.exec(dsn);
  return match ? `${match[1]}${match[2]}` : '';
}

export function scriptTag(dsn: string): string {
  return `<script async src="${attribute(originOf(dsn))}/pagewake.js"\n        data-dsn="${attribute(dsn)}"\n        data-release="1.0.0"></script>`;
}

export function npmSnippet(dsn: string): string {
  return `npm install pagewake\n\nimport { init } from 'pagewake';\n\ninit({\n  dsn: ${JSON.stringify(dsn)},\n  release: '1.0.0',\n});`;
}

export function otlpSnippet(dsn: string, public_key: string): string {
  return `OTEL_EXPORTER_OTLP_ENDPOINT=${originOf(dsn)}\nOTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf\nOTEL_EXPORTER_OTLP_HEADERS=x-pagewake-key=${public_key}`;
}

export function sentrySnippet(dsn: string): string {
  return `import sentry_sdk\n\nsentry_sdk.init(\n    dsn=${JSON.stringify(dsn)},\n    release="1.0.0",\n)`;
}
