// Bringing cards from elsewhere, and taking everything along. The address says which import is looked at.
import "../../../styles/form.css";
import "../../../styles/import.css";
import "../../../styles/lists.css";
import { useState } from "preact/hooks";
import { exchangeApi, type Import } from "../../../api/exchange";
import { params, withParams } from "../../../router";
import { count } from "../../../ui/format";
import { Icon } from "../../../ui/icon";
import { Ago } from "../../../ui/time";
import { atLeast, NotForYou } from "../allowed";
import { useList } from "../use-list";
import { type Brought, Choose, SOURCES } from "./choose";
import { Preview } from "./preview";
import { PutAway } from "./put-away";
import { Report, StatusOf } from "./report";

function Past({ list }: { list: Import[] }) {
  if (list.length === 0) return null;
  return (
    <section class="entry-part" aria-label="Earlier imports">
      <h3>Earlier imports</h3>
      <ul class="entry-list">
        {list.map((each) => (
          <li key={each.id} class="entry-row">
            <a class="entry-words hook-link" href={`/settings/import?import=${encodeURIComponent(each.id)}`}>
              <strong>{each.name || SOURCES[each.source].name}</strong>
              <span class="faint">
                {SOURCES[each.source].name}, {count(each.total)} cards, by {each.created_by_name},{" "}
                <Ago at={each.created_at} />
              </span>
            </a>
            <PutAway order={each} />
            <StatusOf of={each} />
            <Icon name="right" size={13} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function Export() {
  const link = (form: "json" | "csv", title: string, about: string) => (
    <a class="export-one" href={`/api/export?format=${form}`} download={`board.${form}`}>
      <Icon name="download" size={16} />
      <span>
        <strong>{title}</strong>
        <span class="faint">{about}</span>
      </span>
    </a>
  );
  return (
    <section class="entry-part" aria-label="Export">
      <h3>Export</h3>
      <div class="export">
        {link(
          "json",
          "Everything as JSON",
          "Cards with comments, columns, sprints, fields, views; can be imported again.",
        )}
        {link("csv", "Cards as CSV", "One row a card, names instead of ids, for a spreadsheet.")}
      </div>
    </section>
  );
}

function Bring() {
  const [brought, setBrought] = useState<Brought | null>(null);
  const list = useList(exchangeApi.imports);
  const id = params.value.get("import");
  if (id) {
    const back = () => {
      void list.again(); // it went on meanwhile
      withParams({ import: null });
    };
    return <Report key={id} id={id} onAgain={back} />;
  }
  if (brought) {
    return (
      <Preview
        brought={brought}
        onBack={() => setBrought(null)}
        onStarted={(order) => {
          list.put(order);
          setBrought(null);
          withParams({ import: order.id }, "push");
        }}
      />
    );
  }
  return (
    <>
      <section aria-label="Import">
        <Choose onBrought={setBrought} />
      </section>
      <Past list={list.list ?? []} />
    </>
  );
}

export default function ImportAndExport() {
  const busy = params.value.has("import");
  return (
    <>
      {atLeast("admin") ? (
        <Bring />
      ) : (
        <NotForYou what="Importing brings many cards at once; admins do that." />
      )}
      {!busy && <Export />}
    </>
  );
}
