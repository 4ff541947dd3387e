// How numbers, money, sizes and times are written everywhere.

/** Made when it is first wanted: each takes milliseconds to make, and most pages want few. */
export function whenWanted<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

const relative = whenWanted(() => new Intl.RelativeTimeFormat("en", { numeric: "auto", style: "short" }));
const absolute = whenWanted(
  () => new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" }),
);
const clock = whenWanted(
  () => new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" }),
);
const whole = whenWanted(() => new Intl.NumberFormat("en-US"));

const STEPS: [Intl.RelativeTimeFormatUnit, number][] = [
  ["day", 86_400],
  ["hour", 3600],
  ["minute", 60],
];

export function ago(iso: string, nowMs: number): string {
  const seconds = (Date.parse(iso) - nowMs) / 1000;
  for (const [unit, size] of STEPS) {
    if (Math.abs(seconds) >= size) return relative().format(Math.trunc(seconds / size), unit);
  }
  if (seconds > 20) return relative().format(Math.trunc(seconds), "second");
  return "just now";
}

export const exactTime = (iso: string) => absolute().format(new Date(iso));
export const clockTime = (iso: string) => clock().format(new Date(iso));
export const count = (value: number) => whole().format(value);

export function plural(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

export function duration(seconds: number): string {
  if (seconds < 1) return `${Math.max(0, Math.round(seconds * 1000))} ms`;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  const s = Math.floor(seconds);
  if (s < 60) return `${s} s`;
  const m = Math.floor(s / 60);
  if (m < 60) return `${m}m ${String(s % 60).padStart(2, "0")}s`;
  const h = Math.floor(m / 60);
  if (h < 48) return `${h}h ${String(m % 60).padStart(2, "0")}m`;
  return `${Math.floor(h / 24)}d ${h % 24}h`;
}

export function amount(value: string | number | null | undefined): number {
  const parsed = Number(value ?? 0);
  return Number.isFinite(parsed) ? parsed : 0;
}

/** Small sums keep the digits that tell them apart. */
export function money(value: string | number | null | undefined): string {
  const sum = amount(value);
  if (sum === 0) return "$0.00";
  if (Math.abs(sum) < 0.1) return `$${sum.toFixed(4)}`;
  return `$${sum.toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 })}`;
}

export function bytes(size: number): string {
  if (size < 1000) return `${size} B`;
  if (size < 1e6) return `${(size / 1000).toFixed(size < 1e4 ? 1 : 0)} kB`;
  if (size < 1e9) return `${(size / 1e6).toFixed(1)} MB`;
  return `${(size / 1e9).toFixed(1)} GB`;
}

/** `clickup_webhook` → `Clickup webhook`; names we know are spelled by their owners. */
const SPELLED: Record<string, string> = {
  clickup: "ClickUp",
  cli: "CLI",
  api: "API",
  drive: "Drive",
  google: "Google",
  http: "HTTP",
  id: "ID",
  ai: "AI",
  openai: "OpenAI",
  mcp: "MCP",
  usd: "USD",
};

export function words(name: string): string {
  const parts = name
    .toLowerCase()
    .split(/[_\s.-]+/)
    .filter(Boolean);
  return parts
    .map(
      (part, index) => SPELLED[part] ?? (index === 0 ? part.charAt(0).toUpperCase() + part.slice(1) : part),
    )
    .join(" ");
}
