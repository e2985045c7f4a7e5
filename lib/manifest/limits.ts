/** Caps on what is parsed, checked before the parse wherever that is possible; docs/spec gives the reasons. */
export const LIMITS = {
  /** Bytes of one file, as in Kubernetes' request limit. */
  fileBytes: 1 << 20,
  /** Documents in one file. */
  documents: 64,
  /** Nesting of lists and mappings. */
  depth: 32,
  /** Lines of one file: bounds the time that folding long block scalars takes. */
  lines: 20_000,
  /** Lexical tokens in one file: bounds the time of a parse (about 5 microseconds each). */
  tokens: 50_000,
  /** Aliases in one file. */
  aliases: 64,
  /** Values after aliases are expanded. */
  nodes: 50_000,
} as const;
