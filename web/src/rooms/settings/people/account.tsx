// One's own account: who one is here, and the password.
import "../../../styles/lists.css";
import { useState } from "preact/hooks";
import { peopleApi } from "../../../api/people";
import { me, nameOf } from "../../../store/session";
import { Form, FormFoot, TextField, useSaving } from "../../../ui/form";
import { toast } from "../../../ui/toast";
import { PersonFace } from "../../task/faces";

function Password() {
  const [now, setNow] = useState("");
  const [next, setNext] = useState("");
  const [again, setAgain] = useState("");
  const saving = useSaving(["current_password", "new_password"]);
  const differs = again !== "" && again !== next;
  const change = () =>
    void saving
      .run(() => peopleApi.changeOwnPassword({ current_password: now, new_password: next }))
      .then((done) => {
        if (!done) return;
        setNow("");
        setNext("");
        setAgain("");
        toast({ kind: "good", title: "Password changed", detail: "Your other sessions were ended." });
      });
  return (
    <Form label="Change the password" saving={saving} onSubmit={change} class="form entry-form">
      <h3>Password</h3>
      <TextField
        label="Your password now"
        type="password"
        value={now}
        onInput={setNow}
        error={saving.refused.of("current_password")}
      />
      <div class="fields">
        <TextField
          label="New password"
          type="password"
          value={next}
          onInput={setNext}
          error={saving.refused.of("new_password")}
          hint="At least 12 characters; several words make a good one."
        />
        <TextField
          label="The new one again"
          type="password"
          value={again}
          onInput={setAgain}
          error={differs ? "Is not the same" : undefined}
        />
      </div>
      <FormFoot saving={saving} save="Change the password" disabled={!now || !next || again !== next} />
    </Form>
  );
}

export default function Account() {
  const actor = me.value?.actor;
  if (!actor) return null;
  return (
    <>
      <div class="entry-row entry-who">
        <PersonFace name={actor.name} size={40} />
        <span class="entry-words">
          <strong>{actor.name}</strong>
          <span class="faint">
            {[actor.email, actor.role.replaceAll("_", " ")].filter(Boolean).join(" · ")}
          </span>
          <span class="faint">
            {[nameOf(me.value?.organization), nameOf(me.value?.instance)].filter(Boolean).join(" · ")}
          </span>
        </span>
      </div>
      {actor.kind === "person" && actor.email && <Password />}
    </>
  );
}
