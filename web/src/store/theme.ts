import { effect, signal } from "@preact/signals";

export type ThemeChoice = "light" | "dark" | "system";

const KEY = "opsroom.theme";
const media = matchMedia("(prefers-color-scheme: dark)");
const systemDark = signal(media.matches);
media.addEventListener("change", (event) => {
  systemDark.value = event.matches;
});

function stored(): ThemeChoice {
  try {
    const value = localStorage.getItem(KEY);
    return value === "light" || value === "dark" ? value : "system";
  } catch {
    return "system";
  }
}

export const theme = signal<ThemeChoice>(stored());

export function chooseTheme(choice: ThemeChoice): void {
  theme.value = choice;
  try {
    localStorage.setItem(KEY, choice);
  } catch {
    // Without storage the choice lasts as long as the page.
  }
}

export function keepThemeApplied(): void {
  effect(() => {
    const dark = theme.value === "dark" || (theme.value === "system" && systemDark.value);
    document.documentElement.dataset.theme = dark ? "dark" : "light";
    document.querySelector('meta[name="theme-color"]')?.setAttribute("content", dark ? "#101218" : "#f9fafb");
  });
}
