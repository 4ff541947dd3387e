import { signal } from "@preact/signals";

/** How many notifications nobody has read yet; kept by the notifications room. */
export const unread = signal(0);
