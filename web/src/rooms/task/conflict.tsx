import type { ApiError } from "../../api/client";
import type { Resolve } from "../../overlay";

export default function ConflictDialog(_props: { error: ApiError; onResolve: Resolve }) {
  return null;
}
