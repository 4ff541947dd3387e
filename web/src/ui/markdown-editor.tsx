// Markdown is written here: formatting by keys and buttons, a preview that follows, files by paste and drop.
import { useRef, useState } from "preact/hooks";
import { Completing, type CompletingHandle, type Completion } from "./completing";
import { Icon, type IconName } from "./icon";
import { type Around, Markdown } from "./markdown";
import { type Format, format, newLine, pasted, tick } from "./markdown-edit";

interface Props {
  label: string;
  value: string;
  onInput: (value: string) => void;
  placeholder?: string;
  rows?: number;
  autofocus?: boolean;
  maxLength?: number;
  around?: Around;
  complete?: (text: string, caret: number) => Completion | null;
  /** Keeps the files; answers what stands in the text for each. */
  onFiles?: (files: File[]) => Promise<string[]>;
  onSubmit?: () => void;
  onCancel?: () => void;
  /** The buttons stand away until the field is used: for a short comment. */
  quiet?: boolean;
  /** Text and preview side by side, where there is room. */
  wide?: boolean;
}

const BUTTONS: { what: Format; label: string; keys?: string; icon: IconName | null; sign?: string }[] = [
  { what: "bold", label: "Bold", keys: "b", icon: null, sign: "B" },
  { what: "italic", label: "Italic", keys: "i", icon: null, sign: "I" },
  { what: "code", label: "Code", keys: "e", icon: "api" },
  { what: "link", label: "Link", keys: "k", icon: "link" },
  { what: "heading", label: "Heading", icon: null, sign: "H" },
  { what: "bullets", label: "List", icon: "list" },
  { what: "tasks", label: "Checklist", icon: "check" },
  { what: "quote", label: "Quote", icon: null, sign: "”" },
];

const PREVIEW = "opsroom.preview";

function previewKept(): boolean {
  try {
    return localStorage.getItem(PREVIEW) === "on";
  } catch {
    return false;
  }
}

function keepPreview(on: boolean): void {
  try {
    localStorage.setItem(PREVIEW, on ? "on" : "off");
  } catch {
    // Without storage the choice lasts as long as the page.
  }
}

export function MarkdownEditor(props: Props) {
  const field = useRef<CompletingHandle>(null);
  const [preview, setPreview] = useState(previewKept);
  const [over, setOver] = useState(false);
  const [used, setUsed] = useState(!props.quiet);
  const latest = useRef(props.value);
  latest.current = props.value;

  const apply = (what: Format) => {
    const node = field.current?.node;
    if (node) field.current?.edit(format(node.value, node.selectionStart, node.selectionEnd, what));
  };

  const onKey = (event: KeyboardEvent) => {
    const node = field.current?.node;
    if (!node || event.isComposing) return;
    const mod = event.metaKey || event.ctrlKey;
    const button = BUTTONS.find((each) => each.keys === event.key.toLowerCase());
    if (mod && event.key === "Enter" && props.onSubmit) props.onSubmit();
    else if (event.key === "Escape" && props.onCancel) props.onCancel();
    // Without a selection Ctrl K stays the command palette.
    else if (mod && button && (button.what !== "link" || node.selectionStart !== node.selectionEnd)) {
      apply(button.what);
    } else if (
      event.key === "Enter" &&
      !mod &&
      !event.shiftKey &&
      node.selectionStart === node.selectionEnd
    ) {
      const edit = newLine(node.value, node.selectionStart);
      if (!edit) return;
      field.current?.edit(edit);
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };

  const take = async (files: File[]) => {
    if (!props.onFiles || files.length === 0) return;
    const node = field.current?.node;
    const at = node?.selectionStart ?? latest.current.length;
    const waiting = files.map((file) => `_(${file.name} is on its way…)_`).join("\n");
    field.current?.edit({
      from: at,
      to: at,
      insert: waiting,
      select: [at + waiting.length, at + waiting.length],
    });
    const written = await props.onFiles(files).catch(() => []);
    // The writer may have gone on meanwhile: what waits is looked for, not where it was.
    const now = latest.current;
    const from = now.indexOf(waiting);
    const text = written.join("\n");
    if (from >= 0) props.onInput(now.slice(0, from) + text + now.slice(from + waiting.length));
    else if (text) props.onInput(now ? `${now}\n${text}` : text);
  };

  const onPaste = (event: ClipboardEvent) => {
    const node = field.current?.node;
    const files = [...(event.clipboardData?.files ?? [])];
    if (files.length > 0 && props.onFiles) {
      event.preventDefault();
      void take(files);
      return;
    }
    const text = event.clipboardData?.getData("text/plain") ?? "";
    const edit = node && pasted(node.value, node.selectionStart, node.selectionEnd, text);
    if (!edit) return;
    event.preventDefault();
    field.current?.edit(edit);
  };

  const dropping = {
    onDragOver: (event: DragEvent) => {
      if (!props.onFiles || !event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      setOver(true);
    },
    onDragLeave: () => setOver(false),
    onDrop: (event: DragEvent) => {
      setOver(false);
      const files = [...(event.dataTransfer?.files ?? [])];
      if (!props.onFiles || files.length === 0) return;
      event.preventDefault();
      event.stopPropagation();
      void take(files);
    },
  };

  const shown = preview || props.wide;
  const tools = used || props.value !== "";
  return (
    <div
      class={`editor${over ? " editor-over" : ""}${props.wide ? " editor-wide" : ""}${tools ? "" : " editor-quiet"}`}
      {...dropping}
    >
      {tools && (
        <div class="editor-bar" role="toolbar" aria-label="Formatting">
          {BUTTONS.map((each) => (
            <button
              type="button"
              key={each.what}
              class={`editor-btn editor-${each.what}`}
              aria-label={each.label}
              title={each.keys ? `${each.label} (Ctrl ${each.keys.toUpperCase()})` : each.label}
              onClick={() => apply(each.what)}
            >
              {each.icon ? <Icon name={each.icon} size={14} /> : each.sign}
            </button>
          ))}
          {!props.wide && (
            <button
              type="button"
              class="editor-btn editor-preview"
              aria-pressed={preview}
              onClick={() => {
                keepPreview(!preview);
                setPreview(!preview);
              }}
            >
              <Icon name="eye" size={14} />
              Preview
            </button>
          )}
        </div>
      )}
      <div class="editor-panes">
        <Completing
          handle={field}
          class="editor-text"
          label={props.label}
          value={props.value}
          rows={props.rows ?? 4}
          autofocus={props.autofocus ?? false}
          complete={props.complete}
          onInput={props.onInput}
          onKeyDown={onKey}
          onPaste={onPaste}
          onFocus={() => setUsed(true)}
          {...(props.placeholder ? { placeholder: props.placeholder } : {})}
          {...(props.maxLength ? { maxLength: props.maxLength } : {})}
        />
        {shown && tools && (
          <section class="editor-shown" aria-label={`Preview of ${props.label}`}>
            {props.value.trim() ? (
              <Markdown
                text={props.value}
                {...(props.around ? { around: props.around } : {})}
                onTick={(line, checked) => props.onInput(tick(props.value, line, checked))}
              />
            ) : (
              <p class="faint">The preview appears as you write.</p>
            )}
          </section>
        )}
      </div>
    </div>
  );
}
