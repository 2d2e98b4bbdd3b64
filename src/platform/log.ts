/** Structured logs: one JSON object a line. Never a secret, key, token, name or mail address. */
export type LogLevel = 'info' | 'warn' | 'error';

/** What of an error may be logged: its name, code and status; messages of services can quote what was sent. */
function describe(value: unknown): unknown {
  if (!(value instanceof Error)) return value;
  const { name, code, statusCode, stack } = value as Error & { code?: string; statusCode?: number };
  const frames = stack?.split('\n').filter((line) => line.trimStart().startsWith('at '));
  return { name, code, statusCode, at: frames?.slice(0, 6).map((line) => line.trim()) };
}

/** Writes one event with its fields; errors among them are reduced to what is safe to keep. */
export function log(level: LogLevel, event: string, fields: Record<string, unknown> = {}): void {
  const safe = Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, describe(value)]),
  );
  console[level](JSON.stringify({ level, event, ...safe }));
}
