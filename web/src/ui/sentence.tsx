// What happened, as the server words it: Markdown with nothing but emphasis, what people wrote escaped in it.
const EMPHASIS = /(?<!\\)\*((?:\\.|[^*\\\n])+)\*/;

const unescaped = (text: string) => text.replace(/\\([\\`*_[\]<>#~|!])/g, "$1");

export function Sentence({ text }: { text: string }) {
  const parts = text.split(EMPHASIS).map(unescaped);
  return <span class="act-text">{parts.map((part, at) => (at % 2 ? <em key={at}>{part}</em> : part))}</span>;
}

/** The same without marks, for where nothing can be emphasised. */
export const plainSentence = (text: string) => text.split(EMPHASIS).map(unescaped).join("");
