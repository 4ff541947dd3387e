// How a receiver makes sure that what it got is ours: an example to copy.
import { useState } from "preact/hooks";
import { Icon } from "../../../ui/icon";
import { copyText, Segmented } from "../../../ui/parts";
import { toast } from "../../../ui/toast";

type Language = "python" | "node" | "plain";

const CODE: Record<Language, string> = {
  python: `# pip install standardwebhooks flask
from flask import Flask, request
from standardwebhooks import Webhook

app = Flask(__name__)
webhook = Webhook("whsec_…")  # the secret of this webhook

@app.post("/hooks/opsroom")
def take():
    # Raises WebhookVerificationError when the signature or the time is wrong.
    event = webhook.verify(request.get_data(as_text=True), dict(request.headers))
    print(event["type"], event["data"]["subject"])
    return "", 204
`,
  node: `// npm install standardwebhooks express
import express from "express";
import { Webhook } from "standardwebhooks";

const webhook = new Webhook("whsec_…"); // the secret of this webhook
const app = express();

// The raw body: parsed and written again it has another signature.
app.post("/hooks/opsroom", express.text({ type: "*/*" }), (request, response) => {
  const event = webhook.verify(request.body, request.headers); // throws when it is not ours
  console.log(event.type, event.data.subject);
  response.status(204).end();
});

app.listen(8000);
`,
  plain: `# Without a library: base64(HMAC-SHA256(key, id + "." + timestamp + "." + body)),
# the key being the secret without "whsec_", base64-decoded.
import base64, hashlib, hmac, time

def is_ours(secret: str, headers: dict, body: bytes) -> bool:
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    wanted = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    # Several signatures stand side by side while a secret is being replaced.
    given = [part.partition(",")[2] for part in headers["webhook-signature"].split()]
    fresh = abs(time.time() - int(headers["webhook-timestamp"])) < 300
    return fresh and any(hmac.compare_digest(wanted, each) for each in given)
`,
};

export function Verifying() {
  const [language, setLanguage] = useState<Language>("python");
  const copy = async () => {
    if (await copyText(CODE[language])) toast({ kind: "good", title: "Copied" });
  };
  return (
    <details class="entry-part hook-verify">
      <summary>
        <Icon name="lock" size={14} />
        How a receiver checks the signature
      </summary>
      <p class="faint">
        Every delivery is signed by <a href="https://www.standardwebhooks.com">Standard Webhooks</a>, with the
        headers <code>webhook-id</code>, <code>webhook-timestamp</code> and <code>webhook-signature</code>. A
        receiver answers with 2xx within 15 seconds; anything else is tried again up to seven times within 28
        hours. The same <code>webhook-id</code> may come twice: do its work once.
      </p>
      <div class="entry-bar">
        <Segmented<Language>
          label="Language"
          value={language}
          choices={[
            { value: "python", label: "Python" },
            { value: "node", label: "Node.js" },
            { value: "plain", label: "By hand" },
          ]}
          onChange={setLanguage}
        />
        <button type="button" class="btn btn-s" onClick={() => void copy()}>
          <Icon name="copy" size={13} />
          Copy the example
        </button>
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable to be scrolled by keys. */}
      <pre class="hook-code" tabIndex={0} role="region" aria-label="Example">
        {CODE[language]}
      </pre>
    </details>
  );
}
