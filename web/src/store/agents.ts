import { signal } from "@preact/signals";
import type { Agent } from "../api/types";

export const agents = signal<Agent[] | null>(null);
