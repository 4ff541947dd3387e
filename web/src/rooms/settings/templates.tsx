// Going over to another workflow: what goes where is seen before it is done.
import { useEffect, useState } from "preact/hooks";
import { boardApi, type Template, type TemplateSwitched } from "../../api/board";
import { arrange } from "../../commands/arrange";
import { explain } from "../../live/pending";
import { boardSettings, columnByKey } from "../../store/board";
import { Dialog } from "../../ui/dialog";
import { ChoiceField, Form, FormFoot, useSaving } from "../../ui/form";
import { plural } from "../../ui/format";
import { Icon } from "../../ui/icon";
import { Skeleton } from "../../ui/parts";
import { Block, Heading, mayArrange } from "./parts";

function Strip({ columns }: { columns: readonly { key: string; name: string; color: string }[] }) {
  return (
    <span class="strip">
      {columns.map((each) => (
        <span key={each.key} class="strip-one">
          <span class="color-dot" style={{ background: each.color }} aria-hidden="true" />
          {each.name}
        </span>
      ))}
    </span>
  );
}

interface SwitchProps {
  template: Template;
  onClose: () => void;
}

function Switching({ template, onClose }: SwitchProps) {
  const saving = useSaving(["mapping", "template"]);
  const [mapping, setMapping] = useState<Record<string, string>>({});
  const [seen, setSeen] = useState<TemplateSwitched | null>(null);
  const [made] = useState(boardSettings.value?.version);
  const ask = { template: template.key, mapping, ...(made === undefined ? {} : { version: made }) };
  // Shown again whenever a column is sent elsewhere: what is read is what will be done.
  useEffect(() => {
    void saving.run(async () => setSeen((await boardApi.switchTemplate(ask, true)).data));
  }, [mapping]);
  const submit = async () => {
    const done = await saving.run(() =>
      arrange("template", `The board follows ${template.name} now`, () =>
        boardApi.switchTemplate(ask, false),
      ),
    );
    if (done) onClose();
  };
  const moving = seen?.relocations.filter((each) => each.cards > 0) ?? [];
  const total = moving.reduce((sum, each) => sum + each.cards, 0);
  const choices = template.columns.map((each) => ({ value: each.key, label: each.name, color: each.color }));
  return (
    <Dialog title={`Go over to ${template.name}`} onClose={onClose}>
      <Form label={`Go over to ${template.name}`} saving={saving} onSubmit={() => void submit()}>
        <p class="dialog-text">{template.description}</p>
        {!seen && saving.busy && <Skeleton rows={4} />}
        {seen && (
          <>
            <Strip columns={seen.columns} />
            <div class="mapping" role="group" aria-label="Where the cards of each column go">
              {seen.relocations.map((each) => (
                <div key={each.from_column} class="mapping-row">
                  <span class="mapping-from">
                    {columnByKey.value.get(each.from_column)?.name ?? each.from_column}
                    <span class="faint num"> {plural(each.cards, "card")}</span>
                  </span>
                  <Icon name="right" size={13} label="go to" />
                  <ChoiceField
                    bare
                    label={`Cards of ${columnByKey.value.get(each.from_column)?.name ?? each.from_column} go to`}
                    value={each.to_column}
                    choices={choices}
                    onChoose={(to) => setMapping({ ...mapping, [each.from_column]: to })}
                    error={saving.refused.of(`mapping.${each.from_column}`)}
                  />
                </div>
              ))}
            </div>
            <p class="field-hint">
              {total === 0
                ? "No card stands anywhere yet."
                : `${plural(total, "card")} go along, none is lost.`}{" "}
              It can be undone: the columns come back, and each card that nobody moved since to its place.
            </p>
          </>
        )}
        <FormFoot saving={saving} save={`Go over to ${template.name}`} onCancel={onClose} disabled={!seen} />
      </Form>
    </Dialog>
  );
}

export function Templates() {
  const [list, setList] = useState<Template[] | null>(null);
  const [failed, setFailed] = useState<unknown>(null);
  const [open, setOpen] = useState<Template | null>(null);
  useEffect(() => {
    boardApi.templates().then(({ data }) => setList(data), setFailed);
  }, []);
  const now = boardSettings.value?.template;
  return (
    <Block
      title="Templates"
      about="A workflow to begin with. Its columns replace those above, and every card finds a place in one of them."
    >
      {failed !== null && <p class="bad pre">{explain(failed)}</p>}
      {!list && failed === null && <Skeleton rows={3} />}
      <ul class="templates">
        {list?.map((each) => (
          <li key={each.key} class="card template">
            <div class="template-head">
              <Heading deep={1}>{each.name}</Heading>
              {each.key === now && <span class="tag tag-quiet">Begun from this</span>}
            </div>
            <p class="faint">{each.description}</p>
            <Strip columns={each.columns} />
            {mayArrange() && (
              <button type="button" class="btn btn-s" onClick={() => setOpen(each)}>
                {each.key === now ? "See what going back to it does" : "See what it does"}
              </button>
            )}
          </li>
        ))}
      </ul>
      {open && <Switching template={open} onClose={() => setOpen(null)} />}
    </Block>
  );
}
