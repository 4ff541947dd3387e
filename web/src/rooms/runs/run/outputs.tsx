import "./files.css";
import { useState } from "preact/hooks";
import { outputUrl } from "../../../api/calls";
import type { Output, RunDetail } from "../../../api/types";
import { Dialog } from "../../../ui/dialog";
import { bytes } from "../../../ui/format";
import { Icon } from "../../../ui/icon";
import { isOver } from "../status";

const SHOWABLE = /markdown|html|json|^text\/|^image\//;

function kindName(output: Output): string {
  const ending = /\.([a-z0-9]{1,5})$/i.exec(output.name)?.[1];
  return (ending ?? output.media_type.split("/").at(-1) ?? "file").toUpperCase().slice(0, 5);
}

/** The server renders the file safely; the frame gets no rights at all: no scripts, no forms, no origin. */
function Preview({ output, onClose }: { output: Output; onClose: () => void }) {
  const preview = outputUrl(output.id, "preview");
  return (
    <Dialog
      title={output.title || output.name}
      size="l"
      onClose={onClose}
      actions={
        <a class="btn btn-s" href={outputUrl(output.id, "content")} download={output.name}>
          <Icon name="download" size={14} />
          Download
        </a>
      }
    >
      <iframe class="preview" sandbox="" src={preview} title={`Preview of ${output.name}`} />
    </Dialog>
  );
}

export function Outputs({ run }: { run: RunDetail }) {
  const [shown, setShown] = useState<Output | null>(null);
  return (
    <section class="card" aria-labelledby="outputs-title">
      <header class="card-head">
        <h2 id="outputs-title">Outputs</h2>
        <span class="page-note num">{run.outputs.length || ""}</span>
      </header>
      {run.outputs.length === 0 && (
        <p class="card-none">
          {isOver(run) ? "This run wrote no files." : "Files appear here when the agent is done."}
        </p>
      )}
      <ul class="outputs">
        {run.outputs.map((output) => {
          const can = SHOWABLE.test(output.media_type);
          return (
            <li key={output.id} class="output">
              <span class="output-kind" aria-hidden="true">
                {kindName(output)}
              </span>
              {can ? (
                <button type="button" class="output-name" onClick={() => setShown(output)}>
                  <strong>{output.title || output.name}</strong>
                  <span>
                    <span class="num">{bytes(output.size_bytes)}</span>
                    {output.title && output.title !== output.name && ` · ${output.name}`}
                  </span>
                </button>
              ) : (
                <span class="output-name">
                  <strong>{output.title || output.name}</strong>
                  <span class="num">{bytes(output.size_bytes)}</span>
                </span>
              )}
              {can && (
                <button
                  type="button"
                  class="icon-btn"
                  aria-label={`Preview ${output.name}`}
                  title="Preview"
                  onClick={() => setShown(output)}
                >
                  <Icon name="eye" />
                </button>
              )}
              <a
                class="icon-btn"
                href={outputUrl(output.id, "content")}
                download={output.name}
                aria-label={`Download ${output.name}`}
                title={`Download · SHA-256 ${output.sha256}`}
              >
                <Icon name="download" />
              </a>
            </li>
          );
        })}
      </ul>
      {shown && <Preview output={shown} onClose={() => setShown(null)} />}
    </section>
  );
}
