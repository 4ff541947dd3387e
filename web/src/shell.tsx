import type { ComponentChildren } from "preact";
import { keyName } from "./keys/shortcuts";
import { enterProject, signOut } from "./live/session";
import { go, path } from "./router";
import { pendingApprovals } from "./store/approvals";
import { unread } from "./store/notifications";
import { narrow } from "./store/screen";
import { me, nameOf } from "./store/session";
import { chooseTheme, type ThemeChoice, theme } from "./store/theme";
import { Icon, type IconName } from "./ui/icon";
import { Menu, type MenuItem } from "./ui/menu";
import { Kbd, Segmented } from "./ui/parts";

interface Place {
  href: string;
  label: string;
  short: string;
  icon: IconName;
}

const WORK: Place[] = [
  { href: "/board", label: "Board", short: "Board", icon: "board" },
  { href: "/my-work", label: "My work", short: "My work", icon: "person" },
  { href: "/activity", label: "Activity", short: "Activity", icon: "activity" },
  { href: "/notifications", label: "Notifications", short: "Inbox", icon: "bell" },
  { href: "/analytics", label: "Analytics", short: "Analytics", icon: "chart" },
];

const MACHINES: Place[] = [
  { href: "/runs", label: "Runs", short: "Runs", icon: "runs" },
  { href: "/inbox", label: "Approvals", short: "Approvals", icon: "inbox" },
  { href: "/agents", label: "Agents", short: "Agents", icon: "agents" },
  { href: "/webhooks", label: "Webhook deliveries", short: "Webhooks", icon: "webhook" },
  { href: "/settings", label: "Settings", short: "Settings", icon: "settings" },
];

// Four fit under the thumb, the others stand behind More.
const THUMB = ["/board", "/my-work", "/runs", "/inbox"];

const THEMES: { value: ThemeChoice; label: string; icon: IconName }[] = [
  { value: "light", label: "Light theme", icon: "sun" },
  { value: "dark", label: "Dark theme", icon: "moon" },
  { value: "system", label: "Theme of the system", icon: "system" },
];

function isHere(href: string): boolean {
  const at = path.value === "/" ? "/board" : path.value;
  return at === href || at.startsWith(`${href}/`);
}

function NavLink({ place, phone }: { place: Place; phone: boolean }) {
  const waiting =
    place.href === "/inbox"
      ? pendingApprovals.value.length
      : place.href === "/notifications"
        ? unread.value
        : 0;
  const here = isHere(place.href);
  return (
    <a href={place.href} class="nav-link" aria-current={here ? "page" : undefined}>
      <Icon name={place.icon} size={phone ? 20 : 16} />
      <span>{phone ? place.short : place.label}</span>
      {waiting > 0 && (
        <span class="badge" title={`${waiting} waiting`}>
          {waiting}
          <span class="sr-only"> waiting</span>
        </span>
      )}
    </a>
  );
}

export function Mark({ size = 24 }: { size?: number }) {
  return (
    <svg class="mark" width={size} height={size} viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="9" class="mark-ground" />
      <circle cx="16" cy="16" r="8" class="mark-ring" />
      <path d="M16 8a8 8 0 0 1 8 8" class="mark-hand" />
      <circle cx="16" cy="16" r="2.6" class="mark-dot" />
    </svg>
  );
}

function initials(name: string): string {
  const parts = name.trim().split(/\s+/);
  return ((parts[0]?.[0] ?? "?") + (parts.length > 1 ? (parts.at(-1)?.[0] ?? "") : "")).toUpperCase();
}

/** The instance and the project. */
function where(): string {
  const project = me.value?.projects.find((each) => each.id === me.value?.project_id);
  return [nameOf(me.value?.instance), nameOf(project)].filter(Boolean).join(" · ");
}

interface ShellProps {
  children: ComponentChildren;
  onSearch: () => void;
  onKeys: () => void;
}

function PersonHead() {
  const actor = me.value?.actor;
  return (
    <div class="menu-head">
      <strong>{actor?.name}</strong>
      <span>{actor?.email ?? actor?.kind}</span>
      <span class="faint">
        {[actor?.role.replaceAll("_", " "), nameOf(me.value?.organization), nameOf(me.value?.instance)]
          .filter(Boolean)
          .join(" · ")}
      </span>
    </div>
  );
}

export function Shell({ children, onSearch, onKeys }: ShellProps) {
  const actor = me.value?.actor;
  const projects = me.value?.projects ?? [];
  const person: MenuItem[] = [
    ...(projects.length > 1
      ? projects.map((project) => ({
          label: project.name,
          icon: "folder" as const,
          checked: project.id === me.value?.project_id,
          run: () => void enterProject(project.id),
        }))
      : []),
    { label: "Keyboard shortcuts", icon: "help", run: onKeys },
    { label: "API reference", icon: "api", run: () => location.assign("/schema") },
    { label: "Sign out", icon: "out", run: () => void signOut() },
  ];

  if (narrow.value) {
    const themes = THEMES.map((each) => ({
      label: each.label,
      icon: each.icon,
      checked: theme.value === each.value,
      run: () => chooseTheme(each.value),
    }));
    const all = [...WORK, ...MACHINES];
    const more: MenuItem[] = all
      .filter((place) => !THUMB.includes(place.href))
      .map((place) => ({ label: place.label, icon: place.icon, run: () => go(place.href) }));
    return (
      <div class="shell shell-phone">
        {children}
        <nav class="bottom" aria-label="Main">
          {all
            .filter((place) => THUMB.includes(place.href))
            .map((place) => (
              <NavLink key={place.href} place={place} phone />
            ))}
          <Menu
            label="More"
            class="nav-link"
            align="end"
            up
            head={<PersonHead />}
            button={
              <>
                <Icon name="more" size={20} />
                <span>More</span>
              </>
            }
            items={[{ label: "Search", icon: "search", run: onSearch }, ...more, ...themes, ...person]}
          />
        </nav>
      </div>
    );
  }

  return (
    <div class="shell">
      <nav class="side" aria-label="Main">
        <div class="brand">
          <Mark size={26} />
          <span class="brand-text">
            <strong>Opsroom</strong>
            <span>{where()}</span>
          </span>
        </div>
        <button type="button" class="find" onClick={onSearch}>
          <Icon name="search" size={15} />
          <span>Search or do…</span>
          <Kbd keys={keyName("mod+k")} />
        </button>
        <div class="nav-links">
          {WORK.map((place) => (
            <NavLink key={place.href} place={place} phone={false} />
          ))}
        </div>
        <div class="nav-links">
          {MACHINES.map((place) => (
            <NavLink key={place.href} place={place} phone={false} />
          ))}
        </div>
        <div class="side-foot">
          <Segmented label="Theme" iconsOnly value={theme.value} choices={THEMES} onChange={chooseTheme} />
          <Menu
            label={`Account of ${actor?.name ?? "you"}`}
            class="person"
            up
            head={<PersonHead />}
            button={
              <>
                <span class="avatar" aria-hidden="true" data-initials={initials(actor?.name ?? "?")} />
                <span class="person-name">{actor?.name}</span>
                <Icon name="sort" size={13} />
              </>
            }
            items={person}
          />
        </div>
      </nav>
      {children}
    </div>
  );
}
