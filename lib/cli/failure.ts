import { DswarmError } from '../errors/error.ts';
import { StatusError } from '../client/status.ts';
import { Exit, printNote, type Io } from './io.ts';

/** Tells a person what went wrong. */
export function printFailure(io: Io, error: unknown): void {
  if (error instanceof Exit) return;
  for (const line of failureLines(error)) printNote(io, line);
}

export function failureLines(error: unknown): string[] {
  if (error instanceof StatusError) return statusLines(error);
  if (error instanceof DswarmError) return `error: ${error.text}`.split('\n');
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') return [`error: ${error.message}`];
  return [`error: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`, '  This is a fault of dswarm itself.'];
}

/** The message, and below it each cause that the message does not already name. */
function statusLines(error: StatusError): string[] {
  const causes = error.status.details?.causes ?? [];
  const more = causes.filter((cause) => cause.message !== undefined && !error.message.includes(cause.message));
  return [error.text, ...more.map((cause) => `  ${cause.field === undefined ? '' : `${cause.field}: `}${cause.message ?? ''}`)];
}
