// A chart taken away as a file: the drawing with its colours written into it, so that it needs no style sheet.
import { toast } from "../../ui/toast";

const KEPT = [
  "fill",
  "fill-opacity",
  "stroke",
  "stroke-width",
  "stroke-dasharray",
  "stroke-linecap",
  "stroke-linejoin",
  "stroke-opacity",
  "opacity",
  "font-size",
  "font-weight",
  "text-anchor",
  "dominant-baseline",
] as const;
const SPACE = 24;
const TITLE = 34;

function styled(from: SVGElement, to: SVGElement): void {
  const style = getComputedStyle(from);
  for (const name of KEPT) {
    const value = style.getPropertyValue(name);
    if (value) to.setAttribute(name, value);
  }
  to.removeAttribute("class");
  to.removeAttribute("style");
  const inner = [...from.children];
  for (const [index, child] of [...to.children].entries()) {
    const source = inner[index];
    if (source instanceof SVGElement && child instanceof SVGElement) styled(source, child);
  }
}

interface Drawing {
  text: string;
  width: number;
  height: number;
}

const escaped = (text: string) => text.replace(/[&<>"]/g, (each) => `&#${each.charCodeAt(0)};`);

/** Every plot of a figure, one under the other, with its title. */
function drawn(figure: HTMLElement, title: string): Drawing {
  const plots = [...figure.querySelectorAll<SVGSVGElement>(".fig-plot svg")];
  const style = getComputedStyle(figure);
  const width = Math.max(...plots.map((each) => each.clientWidth)) + 2 * SPACE;
  let top = SPACE + TITLE;
  const parts = plots.map((plot) => {
    const copy = plot.cloneNode(true) as SVGSVGElement;
    for (const each of [...plot.children].entries()) void each;
    styled(plot, copy);
    copy.setAttribute("x", String(SPACE));
    copy.setAttribute("y", String(top));
    top += plot.clientHeight + 12;
    return new XMLSerializer().serializeToString(copy);
  });
  const height = top + SPACE - 12;
  const font = `font-family="${escaped(style.fontFamily)}"`;
  const head = `<text x="${SPACE}" y="${SPACE + 14}" font-size="15" font-weight="600" fill="${style.color}">${escaped(title)}</text>`;
  const ground = `<rect width="100%" height="100%" fill="${style.backgroundColor}"/>`;
  const text = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" ${font}>${ground}${head}${parts.join("")}</svg>`;
  return { text, width, height };
}

function save(blob: Blob, name: string): void {
  const address = URL.createObjectURL(blob);
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  window.setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

async function picture(drawing: Drawing): Promise<Blob> {
  const image = new Image();
  image.src = URL.createObjectURL(new Blob([drawing.text], { type: "image/svg+xml" }));
  try {
    await image.decode();
    const canvas = document.createElement("canvas");
    // Twice the size: sharp on paper and on good screens.
    canvas.width = drawing.width * 2;
    canvas.height = drawing.height * 2;
    canvas.getContext("2d")?.drawImage(image, 0, 0, canvas.width, canvas.height);
    const made = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, "image/png"));
    if (!made) throw new Error("The browser could not make a picture of this chart.");
    return made;
  } finally {
    URL.revokeObjectURL(image.src);
  }
}

const fileName = (title: string) =>
  title
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "");

export function saveSvg(figure: HTMLElement, title: string): void {
  const { text } = drawn(figure, title);
  save(new Blob([text], { type: "image/svg+xml" }), `${fileName(title)}.svg`);
}

export async function savePng(figure: HTMLElement, title: string): Promise<void> {
  save(await picture(drawn(figure, title)), `${fileName(title)}.png`);
}

/** Without a secure context there is no clipboard for pictures: it is saved instead. */
export async function copyPng(figure: HTMLElement, title: string): Promise<void> {
  const made = await picture(drawn(figure, title));
  try {
    await navigator.clipboard.write([new ClipboardItem({ "image/png": made })]);
    toast({ kind: "good", title: "Copied as a picture" });
  } catch {
    save(made, `${fileName(title)}.png`);
    toast({ kind: "info", title: "The clipboard is closed here; the picture was saved instead" });
  }
}
