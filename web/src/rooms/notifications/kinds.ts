// The kinds of what one is told, as they are called on the pages.
export interface KindName {
  name: string;
  about: string;
}

export const KIND_NAMES: Record<string, KindName> = {
  assigned: { name: "Accountable", about: "Somebody makes you accountable for a card" },
  mentioned: { name: "Mention", about: "Somebody writes @ and your name" },
  comment: { name: "Comment", about: "A comment on a card you watch or answer for" },
  status_changed: { name: "Moved", about: "A card you watch or answer for changes its column" },
  due_soon: { name: "Due soon", about: "A card you watch or answer for is due soon" },
  overdue: { name: "Overdue", about: "A card you watch or answer for was due and is not done" },
  sprint_started: { name: "Sprint started", about: "A sprint of the project begins" },
  sprint_completed: { name: "Sprint completed", about: "A sprint of the project ends" },
  automation: { name: "Automation", about: "A rule was written to tell you" },
  automation_failed: {
    name: "Automation failed",
    about: "A rule or a recurring card of yours cannot do its work",
  },
};
