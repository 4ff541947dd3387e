// What can be set, in the order it is shown. A section is a file whose code comes when it is opened.
import type { ComponentType } from "preact";
import { lazy } from "../../lazy";
import type { IconName } from "../../ui/icon";

export interface Section {
  id: string;
  label: string;
  icon: IconName;
  /** What one does there, shown under its heading. */
  about: string;
  Part: ComponentType<object>;
}

export interface Group {
  name: string;
  sections: Section[];
}

export const GROUPS: Group[] = [
  {
    name: "Board",
    sections: [
      {
        id: "columns",
        label: "Columns",
        icon: "board",
        about: "The states a card goes through, from left to right.",
        Part: lazy(() => import("./columns")),
      },
      {
        id: "general",
        label: "General",
        icon: "settings",
        about: "How the board behaves, and what each setting does.",
        Part: lazy(() => import("./general")),
      },
      {
        id: "fields",
        label: "Custom fields",
        icon: "list",
        about: "What your project wants to know of its cards beyond the usual.",
        Part: lazy(() => import("./fields")),
      },
      {
        id: "categories",
        label: "Categories",
        icon: "tag",
        about: "What kind of work a card is.",
        Part: lazy(() => import("./categories")),
      },
      {
        id: "sprints",
        label: "Sprints",
        icon: "rerun",
        about: "Spans of days with a goal. One goes on at a time.",
        Part: lazy(() => import("./sprints")),
      },
      {
        id: "board-agents",
        label: "Board agents",
        icon: "agents",
        about: "Who can be assigned, what they can do, and how much they have to do.",
        Part: lazy(() => import("./agents")),
      },
    ],
  },
  {
    name: "Work that starts itself",
    sections: [
      {
        id: "automations",
        label: "Automations",
        icon: "bolt",
        about: "When something happens to a card, and the card fits, then do this.",
        Part: lazy(() => import("./automations/page")),
      },
      {
        id: "recurring",
        label: "Recurring tasks",
        icon: "repeat",
        about: "Cards that come again by the calendar.",
        Part: lazy(() => import("./recurring/page")),
      },
    ],
  },
  {
    name: "Connections",
    sections: [
      {
        id: "webhooks",
        label: "Webhooks out",
        icon: "webhook",
        about: "What happens on the board is posted to other systems, signed.",
        Part: lazy(() => import("./hooks/hooks")),
      },
      {
        id: "import",
        label: "Import and export",
        icon: "download",
        about: "Bring cards from Trello, Asana, ClickUp, Linear or a table, and take everything with you.",
        Part: lazy(() => import("./import/exchange")),
      },
    ],
  },
  {
    name: "People",
    sections: [
      {
        id: "people",
        label: "People",
        icon: "person",
        about: "Who may work here, and in which role.",
        Part: lazy(() => import("./people/people")),
      },
      {
        id: "keys",
        label: "API keys",
        icon: "key",
        about: "With a key a program works on this project under its own name.",
        Part: lazy(() => import("./people/keys")),
      },
    ],
  },
  {
    name: "You",
    sections: [
      {
        id: "notifications",
        label: "Notifications",
        icon: "bell",
        about: "What you hear of, where and when.",
        Part: lazy(() => import("./preferences")),
      },
      {
        id: "account",
        label: "Account",
        icon: "lock",
        about: "Who you are here, and your password.",
        Part: lazy(() => import("./people/account")),
      },
    ],
  },
];

export const SECTIONS: Section[] = GROUPS.flatMap((group) => group.sections);
