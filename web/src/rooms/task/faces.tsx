export function initials(name: string): string {
  const parts = name.trim().split(/\s+/);
  return ((parts[0]?.[0] ?? "?") + (parts.length > 1 ? (parts.at(-1)?.[0] ?? "") : "")).toUpperCase();
}

/** A person as two letters, the size of an agent's face. */
export function PersonFace({ name, size = 22 }: { name: string; size?: number }) {
  return (
    <span
      class="avatar"
      data-initials={initials(name)}
      style={{ width: `${size}px`, height: `${size}px`, fontSize: `${Math.round(size * 0.4)}px` }}
      aria-hidden="true"
    />
  );
}
