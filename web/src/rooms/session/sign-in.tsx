import "./sign-in.css";
import { useRef, useState } from "preact/hooks";
import { ApiError } from "../../api/client";
import { explain } from "../../live/pending";
import { signIn } from "../../live/session";
import { Mark } from "../../shell";
import { me } from "../../store/session";
import { Icon } from "../../ui/icon";

function why(cause: unknown): string {
  if (cause instanceof ApiError && cause.status === 401) {
    return "That e-mail address and password do not belong together. Check both and try again.";
  }
  return explain(cause);
}

export function SignIn({ expired }: { expired: boolean }) {
  const [error, setError] = useState("");
  const [busy, setBusy] = useState(false);
  const form = useRef<HTMLFormElement>(null);

  const submit = async (event: Event) => {
    event.preventDefault();
    const data = new FormData(form.current ?? undefined);
    setBusy(true);
    setError("");
    try {
      await signIn(String(data.get("email") ?? "").trim(), String(data.get("password") ?? ""));
    } catch (cause) {
      setError(why(cause));
      setBusy(false);
      form.current?.querySelector<HTMLInputElement>("[name=password]")?.select();
    }
  };

  return (
    <main class="sign-in" id="main">
      <div class="sign-in-card">
        <Mark size={44} />
        <h1>{expired ? "Your session has ended" : "Sign in to Opsroom"}</h1>
        <p class="sign-in-lead">
          {expired
            ? "Sign in again and you are back on the page you were on."
            : "People and AI agents, running client work together."}
        </p>
        <form ref={form} onSubmit={submit}>
          <label class="field">
            <span>E-mail</span>
            <input
              class="input"
              type="email"
              name="email"
              autocomplete="username"
              required
              autofocus
              defaultValue={me.value?.actor.email ?? ""}
            />
          </label>
          <label class="field">
            <span>Password</span>
            <input class="input" type="password" name="password" autocomplete="current-password" required />
          </label>
          {error && (
            <p class="form-error" role="alert">
              <Icon name="alert" size={15} />
              <span>{error}</span>
            </p>
          )}
          <button type="submit" class="btn btn-primary btn-wide" disabled={busy}>
            {busy ? "Signing in…" : "Sign in"}
          </button>
        </form>
        <details class="sign-in-help">
          <summary>Where is my password?</summary>
          <p>
            The first administrator and a password were made when Opsroom was set up. They were printed once,
            in the terminal that ran <code>opsroom init</code> or <code>make demo</code>.
          </p>
          <p>
            Lost it? Whoever runs the server can make a new one there; an administrator can do it for you.
          </p>
        </details>
      </div>
    </main>
  );
}
