import { Dialog } from "../ui/dialog";
import { Kbd } from "../ui/parts";
import { chooseKeys, keyName, keysOn, type Shortcut, shortcuts } from "./shortcuts";

export default function Keymap({ onClose }: { onClose: () => void }) {
  const groups = new Map<string, Shortcut[]>();
  for (const each of shortcuts.value) {
    if (each.hidden) continue;
    groups.set(each.group, [...(groups.get(each.group) ?? []), each]);
  }
  return (
    <Dialog title="Keyboard" onClose={onClose} size="m">
      <div class="keymap">
        {[...groups].map(([group, list]) => (
          <section key={group}>
            <h3>{group}</h3>
            <dl>
              {list.map((each) => (
                <div key={each.keys}>
                  <dt>{each.label}</dt>
                  <dd>
                    <Kbd keys={keyName(each.keys)} />
                  </dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
      <footer class="dialog-foot">
        <label class="check">
          <input
            type="checkbox"
            checked={keysOn.value}
            onChange={(event) => chooseKeys(event.currentTarget.checked)}
          />
          <span>Single-letter keys are on</span>
        </label>
      </footer>
    </Dialog>
  );
}
