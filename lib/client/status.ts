/** The Kubernetes Status that the API answers errors with. */
export interface Status {
  kind: 'Status';
  code: number;
  reason?: string;
  message: string;
  details?: { name?: string; kind?: string; causes?: { field?: string; message?: string; reason?: string }[] };
}

/** The controller answered, and refused. */
export class StatusError extends Error {
  readonly status: Status;

  constructor(status: Status) {
    super(status.message);
    this.name = 'StatusError';
    this.status = status;
  }

  get reason(): string {
    return this.status.reason ?? 'Unknown';
  }

  /** As kubectl words it. */
  get text(): string {
    return `Error from server (${this.reason}): ${this.message}`;
  }
}

export function isReason(error: unknown, reason: string): error is StatusError {
  return error instanceof StatusError && error.reason === reason;
}

/** Reads the body of an answer that is no success; what is no Status (a proxy's page, say) is made one. */
export function statusFrom(code: number, body: string): Status {
  try {
    const value: unknown = JSON.parse(body);
    if (isStatus(value)) return { ...value, code };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  const text = body.trim().split('\n')[0] ?? '';
  return {
    kind: 'Status',
    code,
    reason: 'Unknown',
    message: text === '' ? `HTTP status ${code}` : `HTTP status ${code}: ${text.slice(0, 200)}`,
  };
}

function isStatus(value: unknown): value is Status {
  return (
    typeof value === 'object' &&
    value !== null &&
    'kind' in value &&
    value.kind === 'Status' &&
    'message' in value &&
    typeof value.message === 'string'
  );
}
