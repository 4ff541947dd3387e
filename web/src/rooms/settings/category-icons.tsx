// The icons a category can have, drawn on the same grid as the others. The names are kept by the server.
const PATHS: Record<string, string> = {
  code: "M5.5 4L2 8l3.5 4M10.5 4L14 8l-3.5 4",
  "file-text": "M4.5 1.8h4.7l3.3 3.3v8.1a1 1 0 0 1-1 1h-7a1 1 0 0 1-1-1V2.8a1 1 0 0 1 1-1zM6 7.5h4M6 10.2h4",
  "dollar-sign":
    "M8 2v12M10.8 4.8C10.3 3.8 9.3 3.4 8 3.4c-1.6 0-2.8.8-2.8 2.2 0 3 5.8 1.5 5.8 4.6 0 1.5-1.3 2.4-3 2.4-1.5 0-2.6-.6-3.1-1.8",
  server: "M3 2.8h10v4.4H3zM3 8.8h10v4.4H3zM5.4 5h.01M5.4 11h.01",
  search: "M7.2 2.6a4.6 4.6 0 1 0 0 9.2 4.6 4.6 0 0 0 0-9.2zM10.6 10.6l3 3",
  settings: "M2.2 4.6h6M11.8 4.6h2M10 3v3.2M2.2 11.4h2M7.8 11.4h6M6 9.8V13",
  megaphone: "M2.6 6.4v3.2h2.2L12 13V3L4.8 6.4zM5.4 9.8l.8 3.4h1.8",
  palette:
    "M8 2.2a5.8 5.8 0 1 0 0 11.6c1.4 0 1.6-1 1.1-1.8-.6-1 .1-2 1.2-2h1.5c1.2 0 2-.9 2-2.2C13.8 4.6 11.2 2.2 8 2.2zM5.2 7h.01M7.6 5h.01M10.4 5.8h.01",
  chart: "M2.6 2.6v9.8a1 1 0 0 0 1 1h9.8M5.8 10.6V8M8.8 10.6V5M11.8 10.6V6.6",
  chat: "M3.5 3h9a1 1 0 0 1 1 1v6a1 1 0 0 1-1 1H8l-3.2 2.6V11H3.5a1 1 0 0 1-1-1V4a1 1 0 0 1 1-1z",
  people:
    "M6 3a2.2 2.2 0 1 0 0 4.4A2.2 2.2 0 0 0 6 3zM1.8 12.8c.4-2 2-3.2 4.2-3.2s3.8 1.2 4.2 3.2M10.4 3.3a2.1 2.1 0 0 1 0 3.9M11.6 9.8c1.5.4 2.4 1.5 2.7 3",
  heart: "M8 13.2S2.4 9.9 2.4 6.1A2.9 2.9 0 0 1 8 5a2.9 2.9 0 0 1 5.6 1.1c0 3.8-5.6 7.1-5.6 7.1z",
  star: "M8 2l1.8 3.9 4.2.5-3.1 2.9.8 4.2L8 11.4l-3.7 2.1.8-4.2L2 6.4l4.2-.5z",
  flag: "M3.6 13.6V2.8M3.6 3.2c3-1.6 5.6 1.6 8.8 0v5.6c-3.2 1.6-5.8-1.6-8.8 0",
  bug: "M5.4 6.2a2.6 2.6 0 0 1 5.2 0v3.6a2.6 2.6 0 0 1-5.2 0zM8 8v4M2.4 8.4h3M10.6 8.4h3M3 4.4l2.4 1.8M13 4.4l-2.4 1.8M3 12.8l2.4-2M13 12.8l-2.4-2",
  shield: "M8 1.8l5 1.8v4c0 3.2-2.2 5.4-5 6.6-2.8-1.2-5-3.4-5-6.6v-4z",
  globe:
    "M8 2.2a5.8 5.8 0 1 0 0 11.6A5.8 5.8 0 0 0 8 2.2zM2.2 8h11.6M8 2.2c2 2 2.6 3.8 2.6 5.8S10 11.8 8 13.8C6 11.8 5.4 10 5.4 8S6 4.2 8 2.2z",
  mail: "M2.4 3.6h11.2v8.8H2.4zM2.6 4l5.4 4.4L13.4 4",
  phone:
    "M4.2 2.4h2l1 3-1.4 1.2c.6 1.6 1.9 3 3.6 3.6l1.2-1.4 3 1v2c0 .8-.7 1.4-1.5 1.3C6.8 12.6 3.4 9.2 2.9 3.9c-.1-.8.5-1.5 1.3-1.5z",
  home: "M2.4 7.6L8 2.6l5.6 5M4 6.4v6.8h8V6.4M6.8 13v-3.4h2.4V13",
  book: "M8 4.2C6.6 3 4.8 2.8 2.6 2.8v9.4c2.2 0 4 .2 5.4 1.4 1.4-1.2 3.2-1.4 5.4-1.4V2.8c-2.2 0-4 .2-5.4 1.4zM8 4.2v9.4",
  camera: "M2.4 5h2.4l1-1.6h4.4l1 1.6h2.4v7.8H2.4zM8 6.6a2.2 2.2 0 1 0 0 4.4 2.2 2.2 0 0 0 0-4.4z",
  cart: "M1.8 2.6h1.8l1.6 7.4h7l1.4-5.2H4.2M6 12.6h.01M11.4 12.6h.01",
  key: "M10.3 2.3a3.4 3.4 0 1 0 0 6.8 3.4 3.4 0 0 0 0-6.8zM7.9 8.1L2.5 13.5M4.3 11.7l1.6 1.6",
};

export const CATEGORY_ICONS = Object.keys(PATHS);

export function CategoryIcon({ name, size = 16 }: { name: string | null; size?: number }) {
  const drawn = name === null ? undefined : PATHS[name];
  return (
    <svg
      class="icon"
      width={size}
      height={size}
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      stroke-width={1.4}
      stroke-linecap="round"
      stroke-linejoin="round"
      aria-hidden="true"
    >
      {drawn ? <path d={drawn} /> : <circle cx="8" cy="8" r="3" />}
    </svg>
  );
}
