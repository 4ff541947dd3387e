// Several values in one text, as the filters of the server have them: parted by commas, and with a backslash
// before a comma that belongs to a value.

export const parted = (text: string | null | undefined): string[] =>
  ((text ?? "").match(/(?:\\[\\,]|[^,])+/g) ?? []).flatMap(
    (part) => part.trim().replace(/\\([\\,])/g, "$1") || [],
  );

export const joined = (values: readonly string[]): string =>
  values.map((value) => value.replace(/[\\,]/g, "\\$&")).join(",");
