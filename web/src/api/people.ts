// People, programs and their keys as the server answers them (opsroom/identity/shapes.py).
import { call } from "./client";

export type Role = "user" | "admin" | "super_admin";
export const ROLES: { value: Role; label: string; hint: string }[] = [
  { value: "user", label: "User", hint: "works on the board" },
  { value: "admin", label: "Admin", hint: "also sets up the instance" },
  { value: "super_admin", label: "Super admin", hint: "everything, in every instance" },
];

export interface AccountPerson {
  id: string;
  email: string;
  name: string;
  role: Role;
  created_at: string;
  disabled: boolean;
  version: number;
}

export interface AddedPerson {
  person: AccountPerson;
  password: string;
}

export interface AgentOrApp {
  id: string;
  kind: "agent" | "app";
  slug: string;
  name: string;
  role: Role;
  created_at: string;
  disabled: boolean;
}

export interface Key {
  id: string;
  label: string;
  hint: string;
  actor: { id: string; kind: string; name: string };
  verbs: string[];
  created_at: string;
  expires_at: string | null;
  revoked_at: string | null;
  last_used_at: string | null;
}

export interface PersonChange {
  version: number;
  name?: string;
  role?: Role;
  disabled?: boolean;
}

export interface NewKey {
  label: string;
  actor_id?: string;
  verbs?: string[];
  expires_in_days?: number;
}

const page = (offset: number) => ({ query: { limit: 100, offset } });

export const peopleApi = {
  people: (offset = 0) => call<AccountPerson[]>("GET", "/api/people", page(offset)),
  add: (body: { email: string; name: string; role: Role }) =>
    call<AddedPerson>("POST", "/api/people", { body }),
  change: (id: string, body: PersonChange) =>
    call<AccountPerson>("PATCH", `/api/people/${encodeURIComponent(id)}`, { body }),
  resetPassword: (id: string) =>
    call<AddedPerson>("POST", `/api/people/${encodeURIComponent(id)}/reset-password`, { body: {} }),
  changeOwnPassword: (body: { current_password: string; new_password: string }) =>
    call<unknown>("POST", "/api/me/password", { body }),

  actors: (offset = 0) => call<AgentOrApp[]>("GET", "/api/actors", page(offset)),
  addActor: (body: { kind: "agent" | "app"; slug: string; name: string; role: Role }) =>
    call<AgentOrApp>("POST", "/api/actors", { body }),
  keys: (offset = 0) => call<Key[]>("GET", "/api/keys", page(offset)),
  issueKey: (body: NewKey) => call<{ key: Key; secret: string }>("POST", "/api/keys", { body }),
  revokeKey: (id: string) => call<Key>("DELETE", `/api/keys/${encodeURIComponent(id)}`),
};
