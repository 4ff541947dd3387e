// Something that is shown once: a password, a key, a signing secret.
import { useState } from "preact/hooks";
import { Dialog } from "../../ui/dialog";
import { Icon } from "../../ui/icon";
import { copyText } from "../../ui/parts";
import { toast } from "../../ui/toast";

interface Props {
  title: string;
  secret: string;
  /** What it is for, and where it belongs. */
  about: string;
  onClose: () => void;
}

export function Secret({ title, secret, about, onClose }: Props) {
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    if (!(await copyText(secret))) return;
    setCopied(true);
    toast({ kind: "good", title: "Copied" });
  };
  return (
    <Dialog title={title} onClose={onClose} size="s">
      <div class="secret">
        <p class="dialog-text">{about}</p>
        <output class="secret-text mono">{secret}</output>
        <p class="secret-once">
          <Icon name="alert" size={14} />
          <span>It is shown this once. Close this, and nobody can read it again.</span>
        </p>
        <footer class="dialog-foot">
          <button type="button" class={copied ? "btn" : "btn btn-primary"} onClick={() => void copy()}>
            <Icon name={copied ? "check" : "copy"} size={14} />
            {copied ? "Copied" : "Copy"}
          </button>
          <button type="button" class={copied ? "btn btn-primary" : "btn"} onClick={onClose}>
            Done
          </button>
        </footer>
      </div>
    </Dialog>
  );
}
