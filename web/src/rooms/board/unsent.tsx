// What could not be sent after all.
import { type Unsent, unsent } from "../../commands/waiting";
import { Dialog } from "../../ui/dialog";
import { Ago } from "../../ui/time";

export default function Review({ list, onClose }: { list: readonly Unsent[]; onClose: () => void }) {
  return (
    <Dialog title="Not sent" onClose={onClose} size="m">
      <div class="kunsent">
        <p class="dialog-text">
          These changes were made without a connection. Meanwhile the board had changed so that they could not
          be made any more. Look at the cards and repeat what is still wanted.
        </p>
        <ul>
          {list.map((each) => (
            <li key={`${each.at}${each.label}`}>
              <strong>{each.label}</strong> <Ago at={new Date(each.at).toISOString()} />
              <p class="pre">{each.reason}</p>
            </li>
          ))}
        </ul>
        <footer class="dialog-foot">
          <button
            type="button"
            class="btn btn-primary"
            onClick={() => {
              unsent.value = [];
              onClose();
            }}
          >
            Understood
          </button>
        </footer>
      </div>
    </Dialog>
  );
}
