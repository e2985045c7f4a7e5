export interface ErrorDefinition {
  /** What it means, for docs/errors.md. */
  meaning: string;
  /** What to do, for docs/errors.md and as the default hint. */
  remedy: string;
  /** HTTP status where the API answers with it. */
  status: number;
  /** Kubernetes Status reason. */
  reason: string;
  /** Whether the same call may succeed later with nothing changed by a person. */
  retry: boolean;
}

export const define = (meaning: string, remedy: string, status: number, reason: string, retry = false): ErrorDefinition => ({
  meaning,
  remedy,
  status,
  reason,
  retry,
});
