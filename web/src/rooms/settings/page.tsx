// Settings: a list of sections beside the one that is open. The address says which.
import "../../styles/settings.css";
import { useEffect } from "preact/hooks";
import { boardReady } from "../../live/board";
import { go } from "../../router";
import { narrow } from "../../store/screen";
import { Icon } from "../../ui/icon";
import { PageHead } from "../../ui/page-head";
import { Empty } from "../../ui/parts";
import { useTitle } from "../../ui/title";
import { GROUPS, SECTIONS } from "./sections";

function Sections({ here }: { here: string | null }) {
  return (
    <nav class="settings-nav" aria-label="Settings">
      {GROUPS.map((group) => (
        <div key={group.name} class="settings-group">
          <h2>{group.name}</h2>
          {group.sections.map((each) => (
            <a
              key={each.id}
              class="settings-link"
              href={`/settings/${each.id}`}
              aria-current={each.id === here ? "page" : undefined}
            >
              <Icon name={each.icon} size={15} />
              <span>{each.label}</span>
            </a>
          ))}
        </div>
      ))}
    </nav>
  );
}

export default function Settings({ id }: { id: string | null }) {
  const section = SECTIONS.find((each) => each.id === id);
  useTitle(section ? `${section.label} · Settings` : "Settings");
  useEffect(() => void boardReady(), []);
  const first = SECTIONS[0]?.id;
  // On a wide screen the first section stands open; on a phone the list is a page of its own.
  useEffect(() => {
    if (!id && !narrow.value && first) go(`/settings/${first}`);
  }, [id]);
  const alone = narrow.value;
  return (
    <div class="page">
      <PageHead
        title={alone && section ? section.label : "Settings"}
        {...(alone && section ? { back: { href: "/settings", label: "All settings" } } : {})}
      />
      <div class="settings">
        {(!alone || !section) && <Sections here={section?.id ?? null} />}
        {section && (
          <div class="settings-body">
            <h2 class={alone ? "sr-only" : "settings-title"}>{section.label}</h2>
            <p class="settings-about">{section.about}</p>
            <section.Part key={section.id} />
          </div>
        )}
        {id && !section && (
          <Empty icon="help" title="There is no such section">
            <a class="btn" href="/settings">
              All settings
            </a>
          </Empty>
        )}
      </div>
    </div>
  );
}
