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
    ],
  },
];

export const SECTIONS: Section[] = GROUPS.flatMap((group) => group.sections);
