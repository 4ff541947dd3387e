// What a page asks for first is asked for before the code that needs it is there: the connection is idle then.
const FRESH_MS = 10_000;

const asked = new Map<string, { answer: Promise<Response>; at: number }>();

/** Asks now; the first call that wants this within seconds takes the answer. */
export function askEarly(url: string): void {
  const answer = fetch(url, { headers: { Accept: "application/json" }, credentials: "same-origin" });
  answer.catch(() => {}); // Whoever takes it hears of it.
  asked.set(url, { answer, at: performance.now() });
}

export function takeEarly(url: string): Promise<Response> | null {
  const found = asked.get(url);
  asked.delete(url);
  return found && performance.now() - found.at < FRESH_MS ? found.answer : null;
}

/** Nobody is signed in: what was answered then is no answer for whoever signs in. */
export function forgetEarly(): void {
  asked.clear();
}
