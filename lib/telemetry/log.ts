import { destination, pino, stdTimeFunctions, type DestinationStream, type Logger } from 'pino';
import type { Log } from '../ports/log.ts';
import { formatLine } from './log-line.ts';
import { REDACTED_PATHS } from './redact.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

export interface LogOptions {
  level?: LogLevel;
  /** json: one object a line, for machines. text: one readable line. Absent: text on a terminal. */
  format?: 'json' | 'text';
  /** Absent: stderr, written at once, so that nothing is lost when the process dies. */
  write?: (line: string) => void;
}

export function createLog(options: LogOptions = {}): Log {
  const text = (options.format ?? (process.stderr.isTTY ? 'text' : 'json')) === 'text';
  const logger = pino(
    {
      level: options.level ?? 'info',
      base: null,
      messageKey: 'message',
      errorKey: 'error',
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: [...REDACTED_PATHS], censor: '[redacted]' },
    },
    text ? readable(sink(options.write)) : sink(options.write),
  );
  return adapt(logger);
}

function sink(write: ((line: string) => void) | undefined): DestinationStream {
  return write === undefined ? destination({ dest: 2, sync: true }) : { write };
}

function readable(stream: DestinationStream): DestinationStream {
  return { write: (line) => stream.write(formatLine(line)) };
}

function adapt(logger: Logger): Log {
  return {
    debug: (fields, message) => logger.debug(fields, message),
    info: (fields, message) => logger.info(fields, message),
    warn: (fields, message) => logger.warn(fields, message),
    error: (fields, message) => logger.error(fields, message),
    child: (fields) => adapt(logger.child(fields)),
  };
}
