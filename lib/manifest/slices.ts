import { Parser } from 'yaml';

const BOM = '\uFEFF';

/** The texts of the documents of a file; put together they are the file. A document begins with its `---`, comments before the first are its own. */
export function sliceDocuments(text: string): string[] {
  const start = text.startsWith(BOM) ? 1 : 0;
  const offsets = [...new Parser().parse(text.slice(start))]
    .filter((token) => token.type === 'document')
    .map((token) => token.offset + start);
  return offsets.map((offset, index) => text.slice(index === 0 ? 0 : offset, offsets[index + 1] ?? text.length));
}
