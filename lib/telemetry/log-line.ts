/** `2026-01-01T10:00:00.000Z INFO  message key=value`: one JSON log line made readable. */
export function formatLine(json: string): string {
  const { time, level, message, error, ...fields } = JSON.parse(json) as Record<string, unknown>;
  const pairs = Object.entries(fields).map(
    ([key, value]) => `${key}=${typeof value === 'string' && !/\s/.test(value) ? value : JSON.stringify(value)}`,
  );
  const trouble = errorText(error);
  const head = `${String(time)} ${String(level).toUpperCase().padEnd(5)} ${String(message)}`;
  return `${[head, ...pairs, ...(trouble === undefined ? [] : [`error=${JSON.stringify(trouble)}`])].join(' ')}\n`;
}

function errorText(error: unknown): string | undefined {
  if (error === undefined) return undefined;
  if (typeof error === 'object' && error !== null && 'message' in error) return String(error.message);
  return typeof error === 'string' ? error : JSON.stringify(error);
}
