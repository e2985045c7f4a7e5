const collator = new Intl.Collator('en', { numeric: true });

/** `web-2` before `web-10`, as Docker Swarm lists names. */
export const naturally = (a: string, b: string): number => collator.compare(a, b);
