// Where the cards come from, and the file they are in.
import { useRef, useState } from "preact/hooks";
import type { SourceKind } from "../../../api/exchange";
import { bytes } from "../../../ui/format";
import { Icon } from "../../../ui/icon";

export interface Brought {
  name: string;
  size: number;
  content: string;
  /** Said by the person; null lets the server recognise it. */
  source: SourceKind | null;
}

interface Source {
  name: string;
  /** Where the file is had. */
  how: string;
}

export const SOURCES: Record<SourceKind, Source> = {
  trello: {
    name: "Trello",
    how: "On the board: Menu, Print, export and share, Export as JSON. It is the whole board with its comments.",
  },
  asana: {
    name: "Asana",
    how: "In the project: the arrow beside its name, Export/Print, JSON. CSV works too and says less.",
  },
  clickup: {
    name: "ClickUp",
    how: "The answer of ClickUp's API for a list's tasks as JSON, or the CSV of a list: three dots, Export.",
  },
  linear: {
    name: "Linear",
    how: "Settings, Import and export, Export data as CSV; or the answer of Linear's API as JSON.",
  },
  csv: {
    name: "CSV",
    how: "Any table with a row for each card and headings. You say which column means what.",
  },
  opsroom: { name: "Opsroom", how: "What the export below writes as JSON, of this board or another one." },
};

const MOST_MB = 32;
const MOST_BYTES = MOST_MB * 1024 * 1024;

function asBase64(file: File): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result).replace(/^[^,]*,/, ""));
    reader.onerror = () => reject(reader.error ?? new Error("The file could not be read."));
    reader.readAsDataURL(file);
  });
}

export function Choose({ onBrought }: { onBrought: (brought: Brought) => void }) {
  const [source, setSource] = useState<SourceKind | null>(null);
  const [over, setOver] = useState(false);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState("");
  const input = useRef<HTMLInputElement>(null);

  const take = async (file: File | undefined) => {
    if (!file) return;
    if (file.size > MOST_BYTES) {
      setProblem(
        `${file.name} has ${bytes(file.size)}; an import takes ${MOST_MB} MB at most. Bring it in parts.`,
      );
      return;
    }
    setProblem("");
    setBusy(true);
    try {
      onBrought({ name: file.name, size: file.size, content: await asBase64(file), source });
    } catch (cause) {
      setProblem(cause instanceof Error ? cause.message : String(cause));
    } finally {
      setBusy(false);
    }
  };

  return (
    <div class="bring">
      <fieldset class="bring-sources">
        <legend class="sr-only">Where the cards come from</legend>
        {([null, ...Object.keys(SOURCES)] as (SourceKind | null)[]).map((each) => (
          <label key={each ?? "any"} class="bring-source">
            <input type="radio" name="source" checked={source === each} onChange={() => setSource(each)} />
            <span>{each ? SOURCES[each].name : "Recognise it"}</span>
          </label>
        ))}
      </fieldset>
      <p class="bring-how" aria-live="polite">
        {source
          ? SOURCES[source].how
          : "The file says itself what it is: exports of Trello, Asana, ClickUp and Linear, this product's own, or a table."}
      </p>
      <label
        class={over ? "drop drop-over" : "drop"}
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={(event) => {
          event.preventDefault();
          setOver(false);
          void take(event.dataTransfer?.files[0]);
        }}
      >
        <input
          ref={input}
          type="file"
          class="sr-only"
          accept=".json,.csv,.tsv,.txt,application/json,text/csv"
          onChange={(event) => {
            void take(event.currentTarget.files?.[0]);
            event.currentTarget.value = "";
          }}
        />
        <Icon name="download" size={22} />
        <strong>{busy ? "Reading…" : "Drop a file here, or choose one"}</strong>
        <span class="faint">
          JSON or CSV, up to {MOST_MB} MB. Nothing is written before you have seen it.
        </span>
      </label>
      {problem && (
        <p class="form-error" role="alert">
          <Icon name="alert" />
          <span>{problem}</span>
        </p>
      )}
    </div>
  );
}
