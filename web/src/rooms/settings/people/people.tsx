// Who may work here, in which role; a password is shown once, to be handed over.
import "../../../styles/lists.css";
import { useState } from "preact/hooks";
import {
  type AccountPerson,
  type AddedPerson,
  type PersonChange,
  peopleApi,
  ROLES,
  type Role,
} from "../../../api/people";
import { remember } from "../../../commands";
import { explain } from "../../../live/pending";
import { me } from "../../../store/session";
import { Dialog } from "../../../ui/dialog";
import { ChoiceField, Confirm, Form, FormFoot, TextField, useSaving } from "../../../ui/form";
import { plural } from "../../../ui/format";
import { Icon } from "../../../ui/icon";
import { Menu, type MenuItem } from "../../../ui/menu";
import { Empty, Skeleton } from "../../../ui/parts";
import { Picker } from "../../../ui/picker";
import { Ago } from "../../../ui/time";
import { toast } from "../../../ui/toast";
import { PersonFace } from "../../task/faces";
import { atLeast, NotForYou, within } from "../allowed";
import { Secret } from "../secret";
import { type Listed, useList } from "../use-list";

const roleName = (role: Role) => ROLES.find((each) => each.value === role)?.label ?? role;
const mayGive = () => ROLES.filter((each) => within(each.value));

async function change(
  list: Listed<AccountPerson>,
  person: AccountPerson,
  to: Omit<PersonChange, "version">,
  label: string,
) {
  const fields = Object.keys(to) as (keyof typeof to)[];
  const before = Object.fromEntries(fields.map((field) => [field, person[field]]));
  let version = person.version;
  const send = async (values: object) => {
    const { data } = await peopleApi.change(person.id, { ...values, version });
    version = data.version;
    list.put(data);
  };
  await send(to);
  remember({ label, back: () => send(before), again: () => send(to) });
}

function Add({ onAdded, onClose }: { onAdded: (added: AddedPerson) => void; onClose: () => void }) {
  const [email, setEmail] = useState("");
  const [name, setName] = useState("");
  const [role, setRole] = useState<Role>("user");
  const saving = useSaving(["email", "name", "role"]);
  const add = () =>
    void saving.run(async () => {
      onAdded((await peopleApi.add({ email: email.trim(), name: name.trim(), role })).data);
    });
  return (
    <Dialog title="Add a person" onClose={onClose} size="s">
      <Form label="Add a person" saving={saving} onSubmit={add}>
        <TextField
          label="Name"
          value={name}
          onInput={setName}
          maxLength={120}
          error={saving.refused.of("name")}
        />
        <TextField
          label="E-mail"
          type="email"
          value={email}
          onInput={setEmail}
          error={saving.refused.of("email")}
          hint="What the person signs in with. Nothing is sent there: you hand the password over."
        />
        <ChoiceField
          label="Role"
          value={role}
          choices={mayGive()}
          onChoose={(next) => setRole(next as Role)}
          error={saving.refused.of("role")}
        />
        <FormFoot saving={saving} save="Add" onCancel={onClose} disabled={!name.trim() || !email.trim()} />
      </Form>
    </Dialog>
  );
}

type Ask = { what: "off" | "password" | "rename"; person: AccountPerson } | { what: "add" };

function Rename({
  person,
  list,
  onClose,
}: {
  person: AccountPerson;
  list: Listed<AccountPerson>;
  onClose: () => void;
}) {
  const [name, setName] = useState(person.name);
  const saving = useSaving(["name"]);
  return (
    <Dialog title={`Rename ${person.name}`} onClose={onClose} size="s">
      <Form
        label="Rename"
        saving={saving}
        onSubmit={() =>
          void saving
            .run(() =>
              change(list, person, { name: name.trim() }, `Renamed ${person.name} to ${name.trim()}`),
            )
            .then((done) => done && onClose())
        }
      >
        <TextField
          label="Name"
          value={name}
          onInput={setName}
          maxLength={120}
          error={saving.refused.of("name")}
        />
        <FormFoot saving={saving} save="Rename" onCancel={onClose} disabled={!name.trim()} />
      </Form>
    </Dialog>
  );
}

interface QuestionProps {
  person: AccountPerson;
  what: "off" | "password";
  list: Listed<AccountPerson>;
  onSecret: (added: AddedPerson) => void;
  onClose: () => void;
}

function Question({ person, what, list, onSecret, onClose }: QuestionProps) {
  const saving = useSaving([]);
  const off = what === "off";
  const go = () =>
    void saving
      .run(async () => {
        if (off) await change(list, person, { disabled: true }, `Deactivated ${person.name}`);
        else onSecret((await peopleApi.resetPassword(person.id)).data);
      })
      .then((done) => done && off && onClose());
  return (
    <Confirm
      title={off ? `Deactivate ${person.name}?` : `A new password for ${person.name}?`}
      action={off ? "Deactivate" : "Make a new password"}
      saving={saving}
      onConfirm={go}
      onClose={onClose}
    >
      <p class="dialog-text">
        {off
          ? `${person.name} is signed out everywhere and cannot sign in; their API keys are revoked for good. What they did stays, and you can activate the account again.`
          : `${person.name} is signed out everywhere, and the old password does not work any more.`}
      </p>
    </Confirm>
  );
}

function itemsFor(person: AccountPerson, list: Listed<AccountPerson>, ask: (what: Ask) => void): MenuItem[] {
  const again: MenuItem = {
    label: "Activate",
    icon: "check",
    run: () =>
      void change(list, person, { disabled: false }, `Activated ${person.name}`).catch((cause) =>
        toast({ kind: "bad", title: `${person.name} was not activated`, detail: explain(cause) }),
      ),
  };
  const off: MenuItem = {
    label: "Deactivate…",
    icon: "lock",
    danger: true,
    disabled: person.id === me.value?.actor.id,
    run: () => ask({ what: "off", person }),
  };
  return [
    { label: "Rename…", icon: "pencil", run: () => ask({ what: "rename", person }) },
    { label: "New password…", icon: "key", run: () => ask({ what: "password", person }) },
    person.disabled ? again : off,
  ];
}

function Row({
  person,
  list,
  ask,
}: {
  person: AccountPerson;
  list: Listed<AccountPerson>;
  ask: (what: Ask) => void;
}) {
  const may = atLeast("admin") && within(person.role);
  const setRole = ([next]: string[]) => {
    if (!next || next === person.role) return;
    const label = `Made ${person.name} ${roleName(next as Role).toLowerCase()}`;
    change(list, person, { role: next as Role }, label).catch((cause) => {
      toast({ kind: "bad", title: `${person.name} keeps the role`, detail: explain(cause) });
      void list.again();
    });
  };
  return (
    <li class={person.disabled ? "entry-row entry-off" : "entry-row"}>
      <PersonFace name={person.name} size={30} />
      <span class="entry-words">
        <strong>
          {person.name}
          {person.id === me.value?.actor.id && <span class="faint"> · you</span>}
        </strong>
        <span class="faint">{person.email}</span>
      </span>
      {person.disabled && <span class="mini tone-bad">Deactivated</span>}
      <span class="faint entry-when">
        since <Ago at={person.created_at} />
      </span>
      {may && !person.disabled ? (
        <Picker
          label={`Role of ${person.name}: ${roleName(person.role)}`}
          class="btn btn-s"
          button={
            <>
              <span>{roleName(person.role)}</span>
              <Icon name="chevron" size={11} />
            </>
          }
          chosen={[person.role]}
          choices={mayGive()}
          onChoose={setRole}
        />
      ) : (
        <span class="entry-role">{roleName(person.role)}</span>
      )}
      {may && (
        <Menu
          label={`Actions for ${person.name}`}
          class="icon-btn"
          align="end"
          button={<Icon name="dots" />}
          items={itemsFor(person, list, ask)}
        />
      )}
    </li>
  );
}

export default function People() {
  const list = useList(peopleApi.people);
  const [asked, ask] = useState<Ask | null>(null);
  const [fresh, setFresh] = useState<{ added: AddedPerson; isNew: boolean } | null>(null);
  const close = () => ask(null);
  if (list.failed !== null && !list.list) {
    return (
      <Empty icon="alert" title="The people could not be read">
        <p class="pre">{explain(list.failed)}</p>
      </Empty>
    );
  }
  const secret = (isNew: boolean) => (added: AddedPerson) => {
    close();
    list.put(added.person);
    setFresh({ added, isNew });
  };
  return (
    <>
      {atLeast("admin") ? (
        <div class="entry-bar">
          <span class="faint">{list.list && plural(list.list.length, "person", "people")}</span>
          <button type="button" class="btn btn-primary" onClick={() => ask({ what: "add" })}>
            <Icon name="plus" size={15} />
            Add a person
          </button>
        </div>
      ) : (
        <NotForYou what="You see who works here; adding people and changing roles is for admins." />
      )}
      {!list.list && <Skeleton rows={5} />}
      <ul class="entry-list" aria-label="People">
        {list.list?.map((each) => (
          <Row key={each.id} person={each} list={list} ask={ask} />
        ))}
      </ul>
      {list.more && (
        <button type="button" class="btn" onClick={list.more}>
          Show more
        </button>
      )}
      {asked?.what === "add" && <Add onClose={close} onAdded={secret(true)} />}
      {asked?.what === "rename" && <Rename person={asked.person} list={list} onClose={close} />}
      {(asked?.what === "off" || asked?.what === "password") && (
        <Question
          person={asked.person}
          what={asked.what}
          list={list}
          onClose={close}
          onSecret={secret(false)}
        />
      )}
      {fresh && (
        <Secret
          title={`Password of ${fresh.added.person.name}`}
          secret={fresh.added.password}
          about={`${fresh.added.person.name} signs in with ${fresh.added.person.email} and this password. Hand it over where nobody else reads along${fresh.isNew ? "; they can change it under Settings, Account." : "."}`}
          onClose={() => setFresh(null)}
        />
      )}
    </>
  );
}
